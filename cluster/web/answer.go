package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// jsonType is the media type of bodies, both ways.
const jsonType = "application/json"

// answerTimeout is how long a client may take to read an answer: some MiB over
// a slow link.
const answerTimeout = 30 * time.Second

// answer sends body as JSON. It returns an error only if there is no JSON form
// of body, and has then sent nothing: that the client is gone by now is
// nothing that anybody could be told.
func answer(w http.ResponseWriter, status int, body any) error {
	return send(w, status, jsonType, body)
}

// send is answer with a media type.
func send(w http.ResponseWriter, status int, mediaType string, body any) error {
	var text bytes.Buffer
	if err := encode(&text, body); err != nil {
		return err
	}
	// A client that does not read must not hold the answer for ever. A writer
	// without deadlines leaves the bound to its server.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTimeout))
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
	return nil
}

// encode appends body as one line of JSON. Characters that mean something in
// HTML stay as they are: no answer is HTML.
func encode(text *bytes.Buffer, body any) error {
	encoder := json.NewEncoder(text)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(body)
}
