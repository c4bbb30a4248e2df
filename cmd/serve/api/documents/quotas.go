package documents

import (
	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// Quotas say how many bytes of documents there may be; 0: any number. Nil functions set none.
type Quotas struct {
	Resource func(name string) int64 // of a resource
	User     func(name string) int64 // that a user last wrote
}

// account is that of the user of a request, with the quotas that what it writes is held against.
func (d *Documents) account(c *call.Call) data.Account {
	account := data.Account{User: c.Identity.UserID}
	if d.Quotas.Resource != nil {
		account.ResourceQuota = d.Quotas.Resource(c.Route.Resource.Name)
	}
	if d.Quotas.User != nil {
		account.UserQuota = d.Quotas.User(c.Identity.Name)
	}
	return account
}
