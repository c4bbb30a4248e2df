package panel

import (
	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
)

func (p *Panel) showTime(*call.Call) (call.Response, error) {
	return call.JSON(wire.Time{Time: p.Clock().Unix()})
}
