package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"

	"example.com/gstate/cluster"
)

// MaxBodyBytes is the greatest length of a request body. A write takes 4 MiB
// at most; as JSON, bytes in base64 are a third longer than they are stored,
// and the rest is room for names and white space.
const MaxBodyBytes = 6 << 20

// readBody returns the whole body of a request. It waits for it until ctx
// ends, so that a client which stalls does not hold the connection for ever.
func (c *call) readBody(ctx context.Context) ([]byte, error) {
	if err := checkContentType(c.r.Header); err != nil {
		return nil, err
	}
	if c.r.ContentLength > MaxBodyBytes {
		return nil, fmt.Errorf("%w: body has %d bytes, the limit is %d", cluster.ErrTooLarge, c.r.ContentLength, int64(MaxBodyBytes))
	}
	// A writer without deadlines leaves the bound to its server. The deadline
	// is not taken back: after the last byte the server does so itself, and
	// after an error it must not wait for the rest, which it would skip.
	deadline, _ := ctx.Deadline()
	_ = http.NewResponseController(c.w).SetReadDeadline(deadline)
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, MaxBodyBytes))
	if err != nil {
		return nil, bodyError(err)
	}
	return body, nil
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("%w: body has more than %d bytes, the limit", cluster.ErrTooLarge, tooLarge.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the body has not arrived in time, nothing was done: %w", context.DeadlineExceeded)
	}
	return invalid("body ends early: %v", err)
}

// formType is what curl calls every body that it is not told the type of.
const formType = "application/x-www-form-urlencoded"

// checkContentType refuses a body that calls itself something else than JSON,
// or is compressed. One without a type, or with curl's, is taken for JSON: that
// of a true form is none.
func checkContentType(header http.Header) error {
	if encoding := header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return invalid("Content-Encoding %.40q is not taken", encoding)
	}
	text, given, err := single(header, "Content-Type")
	if err != nil || !given {
		return err
	}
	if kind, _, err := mime.ParseMediaType(text); err != nil || kind != jsonType && kind != formType {
		return invalid("Content-Type %.40q is not %s", text, jsonType)
	}
	return nil
}
