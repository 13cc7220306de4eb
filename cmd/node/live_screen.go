package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// What terminals are told (ECMA-48, and DEC's private modes).
const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	// Without wrapping a row stays one, be its characters as wide as they may.
	wrapOff      = "\x1b[?7l"
	wrapOn       = "\x1b[?7h"
	clearScreen  = "\x1b[H\x1b[2J"
	clearLineEnd = "\x1b[K"
	clearBelow   = "\x1b[J"
	plainText    = "\x1b[m"
)

// colours are those of the rows; the others have none.
var colours = map[rowKind]string{
	rowStatus: "\x1b[1m", rowGone: "\x1b[33m", rowNew: "\x1b[32m", rowRemoved: "\x1b[31m", rowMore: "\x1b[2m",
}

// The size of a terminal that does not say how large it is.
const (
	usualWidth  = 80
	usualHeight = 24
)

// screen draws a view in place on a terminal, below what stands there already.
type screen struct {
	out io.Writer
	// size asks the terminal how many columns and rows it has.
	size func() (width, height int)
	// coloured is false when the user wants no colours.
	coloured bool
	// width and height are the size at the last drawing, which has left the
	// cursor so many rows below the first one of the view.
	width, height, drawn int
}

// screenOn returns the screen of a terminal; out may be none, or one that cannot
// draw in place.
func screenOn(out io.Writer) (*screen, bool) {
	file, ok := out.(*os.File)
	if kind := os.Getenv("TERM"); !ok || kind == "" || kind == "dumb" || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	size := func() (int, int) {
		width, height, err := term.GetSize(int(file.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return usualWidth, usualHeight
		}
		return width, height
	}
	return &screen{out: file, size: size, coloured: os.Getenv("NO_COLOR") == ""}, true
}

// begin prepares the terminal. end must follow, whatever it returns.
func (s *screen) begin() error {
	_, err := io.WriteString(s.out, hideCursor+wrapOff)
	return err
}

// end leaves the terminal as it was, with the last view above the cursor. The
// ^C that the user's interrupt leaves on the screen goes. A terminal that is
// gone has nothing to be left clean.
func (s *screen) end() { _, _ = io.WriteString(s.out, "\r"+clearBelow+wrapOn+showCursor) }

// draw puts the view in the place of the one before.
func (s *screen) draw(view *liveView, now time.Time) error {
	width, height := s.size()
	var b strings.Builder
	b.WriteString(s.back(width, height))
	rows := view.rows(width, height-1, now) // the cursor needs one
	for _, r := range rows {
		b.WriteString(s.painted(r) + clearLineEnd + "\n")
	}
	b.WriteString(clearBelow)
	s.width, s.height, s.drawn = width, height, len(rows)
	_, err := io.WriteString(s.out, b.String())
	return err
}

// back leads to where the first row is to be. A terminal that has changed its
// size may have moved the rows or broken them in two, and is begun anew.
func (s *screen) back(width, height int) string {
	switch {
	case s.drawn == 0:
		return ""
	case width != s.width || height != s.height:
		return clearScreen
	}
	return fmt.Sprintf("\r\x1b[%dA", s.drawn)
}

// painted is the text of a row in its colour.
func (s *screen) painted(r row) string {
	if colour := colours[r.kind]; s.coloured && colour != "" {
		return colour + r.text + plainText
	}
	return r.text
}
