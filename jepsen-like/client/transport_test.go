package client_test

import (
	"io"
	"net/http"
	"strings"
)

// roundTrip is a transport that answers each request with a text.
type roundTrip func(*http.Request) (string, error)

func (answer roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := answer(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}
