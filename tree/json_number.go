package tree

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseNumber reads a JSON number: an Int when it has neither fraction nor
// exponent, else a Float. An integer beyond int64 could be taken as a Float,
// but would come back with other digits: that is how identifiers get lost, so
// it is an error. Errors show at most 40 bytes of the text, which may be of any
// length.
func parseNumber(text string) (Value, error) {
	if !isNumber(text) {
		return Value{}, fmt.Errorf("malformed number %.40q: %w", text, ErrInvalid)
	}
	if !strings.ContainsAny(text, ".eE") {
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return Value{}, fmt.Errorf("integer %.40s does not fit int64: %w", text, ErrInvalid)
		}
		return IntValue(i), nil
	}
	// Too small a number becomes zero, as everywhere; too large a one is an
	// error, and never an infinity.
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return Value{}, fmt.Errorf("number %.40s does not fit float64: %w", text, ErrInvalid)
	}
	return FloatValue(f), nil
}

// isNumber reports whether text follows the grammar of JSON: no plus sign, no
// leading zero, digits around the dot. The functions of strconv read more than
// that, such as "+1", "0x10", "1_000" and "Inf".
func isNumber(text string) bool {
	// digits cuts the digits in front of text, and reports whether there were
	// any.
	digits := func() bool {
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' {
			n++
		}
		text = text[n:]
		return n > 0
	}
	text = strings.TrimPrefix(text, "-")
	if rest, ok := strings.CutPrefix(text, "0"); ok {
		text = rest
	} else if !digits() {
		return false
	}
	if rest, ok := strings.CutPrefix(text, "."); ok {
		if text = rest; !digits() {
			return false
		}
	}
	if text != "" && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if text != "" && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		return digits() && text == ""
	}
	return text == ""
}
