package pages

import "latchkey/perms"

// deeds are what the request types of an endpoint do, and ownDeeds what latchkey's own do where it is something else.
var (
	deeds = map[perms.Endpoint]map[string]string{
		perms.Collection: {"GET": "list", "POST": "add one", "DELETE": "remove all that the filters leave"},
		perms.Item:       {"GET": "read one", "PUT": "change the given fields of one", "DELETE": "remove one"},
		perms.Named:      {"GET": "read one", "PUT": "change the given fields of one", "DELETE": "remove one"},
		perms.Count:      {"GET": "count"},
		perms.Single:     {"GET": "read", "POST": "do it", "PUT": "change", "DELETE": "remove"},
		perms.Tree: {"GET": "what the service does to read", "POST": "what it does to create", "PUT": "what it does to replace",
			"PATCH": "what it does to change", "DELETE": "what it does to delete"},
	}
	ownDeeds = map[string]string{
		"can GET":                       "answer whether a user may make a request, and why",
		"draft DELETE":                  "discard one's own unsaved edits",
		"draft GET":                     "read one's own unsaved edits",
		"draft_diff GET":                "compare them with what is live",
		"draft_rebase POST":             "carry them onto what is live now",
		"draft_rollback POST":           "stage the inverse of a revision",
		"draft_save POST":               "make them live",
		"settings DELETE":               "unset one; takes *:*",
		"settings PUT":                  "set one; takes *:*",
		"time GET":                      "read the time of the server, to check credentials",
		"token POST":                    "regenerate one's own token",
		"users_name PUT":                "rename",
		"users_token_suspension DELETE": "resume",
		"users_token_suspension PUT":    "suspend",
		"users_token DELETE":            "disable",
		"users_token GET":               "read whether access is on, and the fingerprint",
		"users_token POST":              "regenerate",
		"users_token PUT":               "enable",
	}
)

// does says what a request type is for.
func does(resource perms.Resource, request perms.Request) string {
	if own, special := ownDeeds[resource.Name+" "+request.Method]; special && resource.Backend == perms.System {
		return own
	}
	return deeds[request.Endpoint][request.Method]
}
