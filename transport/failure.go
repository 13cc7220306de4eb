package transport

import "fmt"

// failureCode says why a request got no response.
type failureCode byte

const (
	failedHandler  failureCode = 1 // the handler returned an error; the text is the error's
	failedKind     failureCode = 2 // there is no handler for the kind
	failedTooLarge failureCode = 3 // the response is larger than the caller reads
)

// maxFailureBytes is the size of the largest failure: its code and its text.
const maxFailureBytes = 1 + MaxErrorBytes

// failure is the answer to a request that got no response.
type failure struct {
	code failureCode
	text string
}

// encode returns the body of a frameFailure.
func (f *failure) encode() []byte {
	text := f.text[:min(len(f.text), MaxErrorBytes)]
	return append([]byte{byte(f.code)}, text...)
}

// decodeFailure returns the failure that a body of a frameFailure holds.
func decodeFailure(body []byte) (*failure, error) {
	if len(body) == 0 || len(body) > maxFailureBytes {
		return nil, fmt.Errorf("%w: failure of %d bytes", ErrMalformed, len(body))
	}
	return &failure{code: failureCode(body[0]), text: string(body[1:])}, nil
}

// err returns what the caller gets. A code that this version does not know is a
// failure of the handler: the request has reached it.
func (f *failure) err() error {
	switch f.code {
	case failedKind:
		return ErrNoHandler
	case failedTooLarge:
		return fmt.Errorf("response: %w: %s", ErrTooLarge, f.text)
	}
	return &RemoteError{Text: f.text[:min(len(f.text), MaxErrorBytes)]}
}
