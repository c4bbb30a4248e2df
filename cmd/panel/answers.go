package panel

// Count is how many there are.
type Count struct {
	Count int64 `json:"count"`
}

// Time is what integrators ask for to check their credentials.
type Time struct {
	Time int64 `json:"time"` // seconds since 1970
}

// RequestLog is one request, as it was answered.
type RequestLog struct {
	ID            int64   `json:"id"`
	RequestTime   string  `json:"request_time"` // RFC 2822
	User          *string `json:"user"`         // null: nobody was authenticated
	Resource      string  `json:"resource"`     // "": no resource was found
	Method        string  `json:"method"`
	QueryString   string  `json:"query_string"`
	Status        int     `json:"status"`
	UserAgent     string  `json:"user_agent"`
	RequestID     string  `json:"request_id"`
	Duration      int64   `json:"duration_us"`    // microseconds
	RemoteAddress string  `json:"remote_address"` // "": not known
}
