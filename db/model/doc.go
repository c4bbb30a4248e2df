// Package model is what the user database stores: users, roles and resources, their records and digests, and the errors
// about them. It knows no SQL.
//
// Numbers such as D11 are requirements: see docs/requirements.md.
package model
