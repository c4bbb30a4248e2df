package panel

import (
	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

func (p *Panel) showTime(*call.Call) (call.Response, error) {
	return call.JSON(panel.Time{Time: p.Clock().Unix()})
}
