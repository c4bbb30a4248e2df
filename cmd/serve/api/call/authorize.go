package call

import (
	"fmt"
	"net/http"
	"time"

	"latchkey/perms"
)

func AuthorizeFor(c *Call, request perms.Request, now time.Time) error {
	decision := c.Identity.Decide(request, now)
	if decision.Allowed {
		return nil
	}
	if request.Permission == (perms.Permission{}) {
		return &Refusal{Status: http.StatusForbidden, Message: "nobody may make this request"}
	}
	refused := &Refusal{
		Status:  http.StatusForbidden,
		Message: fmt.Sprintf("permission %s is required", request.Permission),
		Details: map[string]string{"permission": request.Permission.String()},
	}
	if decision.Rule != nil {
		refused.Message += fmt.Sprintf("; the rule '%s' denies it", decision.Rule)
		refused.Details["denied_by"] = decision.Rule.String()
	}
	return refused
}
