package recipe

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestTermHasEndedAlsoBeforeItsTimerSaysSo: the process was paused meanwhile.
func TestTermHasEndedAlsoBeforeItsTimerSaysSo(t *testing.T) {
	late := errors.New("late")
	term := NewTerm(t.Context(), time.Minute, time.Now(), func() error { return late })
	defer term.End(nil)
	term.mu.timer.Reset(time.Hour)
	if term.Check(); term.Context().Err() != nil {
		t.Errorf("lost too early: %v", context.Cause(term.Context()))
	}
	term.mu.until = time.Now()
	if term.Check(); context.Cause(term.Context()) != late {
		t.Error("not lost although its time has passed")
	}
}
