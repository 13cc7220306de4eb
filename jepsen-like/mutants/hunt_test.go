package mutants

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/gstate/jepsen-like/overlay"
)

// lab builds programs whose runs take a second of virtual time.
type lab struct {
	// bug says what rules the run of a seed breaks in a system with a bug, and
	// sound in the sound one. nil: none.
	bug, sound func(seed uint64) []string
	fail       error

	mu sync.Mutex
	// built are the names of what was changed in each program, and soundRuns the
	// seeds of the runs of the sound system.
	built     []string
	soundRuns []uint64
}

func (l *lab) Build(_ context.Context, dir string, changes ...overlay.Set) (Program, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := os.WriteFile(dir+"/program", nil, 0o600); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return labProgram{l, true}, nil
	}
	l.built = append(l.built, changes[0].Name)
	return labProgram{l, false}, nil
}

type labProgram struct {
	lab   *lab
	sound bool
}

func (p labProgram) Run(_ context.Context, _ Patch, seed uint64) (Run, error) {
	time.Sleep(time.Second)
	rules := p.lab.bug
	if p.sound {
		p.lab.mu.Lock()
		p.lab.soundRuns = append(p.lab.soundRuns, seed)
		p.lab.mu.Unlock()
		rules = p.lab.sound
	}
	run := Run{Virtual: time.Minute, Command: "again"}
	if rules != nil {
		run.Rules = rules(seed)
	}
	return run, p.lab.fail
}

// from returns a bug that runs find from a seed of each try on.
func from(first uint64, rules ...string) func(uint64) []string {
	return func(seed uint64) []string {
		if seed%seedsOfTry < first {
			return nil
		}
		return rules
	}
}

func planted(number string) Patch {
	return Patch{
		File: number + "-bug.patch", Number: number, Name: "bug", Mode: Sim, Workload: "w", Faults: Any, Checker: "counter",
		Budget: 10 * time.Second, Set: overlay.Set{Name: number},
	}
}

// hunted hunts for bugs with two tries, and returns the scores.
func hunted(t *testing.T, l *lab, change func(*Hunt), patches ...Patch) (scores []Score, err error) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		h := Hunt{Builders: map[Mode]Builder{Sim: l}, Tries: 2, First: 1, Processes: 2}
		if change != nil {
			change(&h)
		}
		err = h.All(t.Context(), patches, func(s Score) { scores = append(scores, s) })
	})
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("the hunt has left %v behind", left)
	}
	return scores, err
}

func TestABugIsFoundByTheExpectedCheckerInEachTry(t *testing.T) {
	scores, err := hunted(t, &lab{bug: from(3, "liveness", "counter")}, nil, planted("1"), planted("2"))
	if err != nil || len(scores) != 2 {
		t.Fatalf("%d scores, %v", len(scores), err)
	}
	for _, score := range scores {
		if !score.Found() || score.Took != 6*time.Second {
			t.Errorf("found %t in %v", score.Found(), score.Took)
		}
		for i, try := range score.Tries {
			want := uint64(3 + i*seedsOfTry)
			if try.Found == nil || try.Found.Seed != want || try.Runs != 3 || try.Virtual != 3*time.Minute || !slices.Equal(try.Others, []string{"liveness"}) {
				t.Errorf("try %d: %+v, want it found by seed %d", i, try, want)
			}
		}
	}
}

func TestABugThatAnotherCheckerFindsIsNotFound(t *testing.T) {
	scores, err := hunted(t, &lab{bug: from(1, "liveness")}, nil, planted("1"))
	if err != nil {
		t.Fatal(err)
	}
	score := scores[0]
	if score.Found() || score.Hits() != 0 || score.Tries[0].Runs != 10 || !slices.Equal(score.Tries[0].Others, []string{"liveness"}) {
		t.Errorf("the score is %+v", score)
	}
	if sum := Sum(scores); sum.Good() || sum.Found != 0 {
		t.Errorf("the sum is %+v", sum)
	}
	if text := score.String(); !strings.Contains(text, "NOT FOUND in 10 runs") || !strings.Contains(text, "found by others: liveness") {
		t.Errorf("it is told as\n%s", text)
	}
}

func TestABugThatIsFoundInSomeTriesIsNotFound(t *testing.T) {
	bug := func(seed uint64) []string {
		if seed > seedsOfTry {
			return nil
		}
		return []string{"counter"}
	}
	scores, err := hunted(t, &lab{bug: bug}, nil, planted("1"))
	if err != nil || scores[0].Found() || scores[0].Hits() != 1 {
		t.Errorf("the score is %+v, %v", scores[0], err)
	}
}

func TestTheSoundSystemMakesTheSameRuns(t *testing.T) {
	l := &lab{bug: from(2, "counter"), sound: from(2, "watches")}
	scores, err := hunted(t, l, nil, planted("1"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint64{1, 2, 1001, 1002}; !slices.Equal(l.soundRuns, want) {
		t.Errorf("the runs were of seeds %d, want %d", l.soundRuns, want)
	}
	sound := scores[0].Sound
	if sound.Runs != 4 || len(sound.Alarms) != 2 || sound.Alarms[0].Seed != 2 || sound.Virtual != 4*time.Minute {
		t.Errorf("in the sound system: %+v", sound)
	}
	if sum := Sum(scores); sum.Good() || sum.Alarms != 2 || sum.Runs != 4 {
		t.Errorf("the sum is %+v", sum)
	}
	if text := scores[0].String(); !strings.Contains(text, "FALSE ALARM: seed 2 breaks watches") {
		t.Errorf("it is told as\n%s", text)
	}
}

func TestABudgetThatIsGivenIsInThePlaceOfThatOfTheBug(t *testing.T) {
	scores, err := hunted(t, &lab{}, func(h *Hunt) { h.Budget = 3 * time.Second }, planted("1"))
	if err != nil || scores[0].Tries[0].Runs != 3 {
		t.Errorf("the score is %+v, %v", scores, err)
	}
}

func TestOwnTestsMustFail(t *testing.T) {
	guard := planted("1")
	guard.Test = "cluster.TestGuard"
	for _, fails := range []bool{true, false} {
		scores, err := hunted(t, &lab{bug: from(1, "counter")}, func(h *Hunt) {
			h.OwnTest = func(context.Context, string, Patch) (bool, error) { return fails, nil }
		}, guard, planted("2"))
		if err != nil {
			t.Fatal(err)
		}
		if sum := Sum(scores); sum.OwnTests != 1 || sum.Good() != fails {
			t.Errorf("when its own test fails is %t, the sum is %+v", fails, sum)
		}
	}
}

// TestABugForATestAloneIsNotHunted: there are no runs, and the score is that of the
// library's own test.
func TestABugForATestAloneIsNotHunted(t *testing.T) {
	for _, fails := range []bool{true, false} {
		l := &lab{}
		scores, err := hunted(t, l, func(h *Hunt) {
			h.OwnTest = func(context.Context, string, Patch) (bool, error) { return fails, nil }
		}, Patch{Number: "3b", Mode: Test, Test: "cluster.TestGuard"})
		if err != nil || len(scores) != 1 || scores[0].Found() != fails || len(l.built) != 0 {
			t.Errorf("when the test fails is %t: %+v, %v; built was %v", fails, scores, err, l.built)
		}
	}
}

func TestARunThatCannotBeMadeEndsTheHunt(t *testing.T) {
	broken := errors.New("no such machine")
	if _, err := hunted(t, &lab{fail: broken}, nil, planted("1"), planted("2")); !errors.Is(err, broken) || !strings.Contains(err.Error(), "planted bug") {
		t.Errorf("the error is %v", err)
	}
}

func TestTableHasALineForEachBug(t *testing.T) {
	scores, err := hunted(t, &lab{bug: from(2, "counter")}, nil, planted("1"))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Table(&text, scores); err != nil {
		t.Fatal(err)
	}
	want := "bug    workload  faults  checker  score         seeds   runs  virtual  real  by others  false alarms\n" +
		"1 bug  w         any     counter  found 2 of 2  2,1002  4     4m0s     4s    -          0 in 4\n"
	if text.String() != want {
		t.Errorf("the table is\n%swant\n%s", text.String(), want)
	}
}
