package panel

import (
	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
)

func (s *Panel) showTime(*call.Call) (call.Answer, error) {
	return call.JSONAnswer(wire.Time{Time: s.Clock().Unix()})
}
