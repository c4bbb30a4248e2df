package api

import (
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/panel"
	"latchkey/perms"
)

// parameters tells which query parameters a request knows, and whether every other one is a filter.
func parameters(route perms.Route) (names []string, filters bool) {
	if own, built := panel.HandlerOf(route); built {
		return own.Parameters, route.Resource.Name == "requestlogs" && route.Request.Endpoint != perms.Item
	}
	if route.Resource.Backend != perms.Documents {
		return nil, false
	}
	switch request := route.Request; {
	case request.Endpoint == perms.Collection && request.Method == http.MethodGet:
		return call.ListParameters, true
	case request.Endpoint == perms.Collection && request.Method == http.MethodDelete, request.Endpoint == perms.Count:
		return nil, true
	}
	return nil, false
}
