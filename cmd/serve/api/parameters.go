package api

import (
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/panel"
	"latchkey/perms"
)

// parameters returns the query parameters that a route knows, and whether all others are filters.
func parameters(route perms.Route) (names []string, filters bool) {
	if own, known := panel.HandlerOf(route); known {
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
