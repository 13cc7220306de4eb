package disk_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"example.com/gstate/jepsen-like/disk"
)

// flusherFile names the file that this test binary flushes, again and again, when
// it is set.
const flusherFile = "DISK_TEST_FLUSHER_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(flusherFile); path != "" {
		os.Exit(playFlusher(path))
	}
	os.Exit(m.Run())
}

// playFlusher flushes the file for each line of its input, and says how that went
// and how long it took.
func playFlusher(path string) int {
	file, err := os.Create(path)
	if err != nil {
		return 1
	}
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		begin := time.Now()
		err := file.Sync()
		fmt.Println(err == nil, time.Since(begin).Microseconds())
	}
	return 0
}

// flusher is such a process.
type flusher struct {
	t       *testing.T
	command *exec.Cmd
	input   io.Writer
	output  *bufio.Reader
}

func newFlusher(t *testing.T) *flusher {
	t.Helper()
	binary, err := os.Executable()
	must(t, err)
	f := &flusher{t: t, command: exec.Command(binary)}
	f.command.Env = append(os.Environ(), flusherFile+"="+t.TempDir()+"/file")
	f.input, err = f.command.StdinPipe()
	must(t, err)
	output, err := f.command.StdoutPipe()
	must(t, err)
	f.output = bufio.NewReader(output)
	must(t, f.command.Start())
	t.Cleanup(func() {
		_ = f.command.Process.Kill()
		_ = f.command.Wait()
	})
	f.flush()
	return f
}

func (f *flusher) flush() (ok bool, took time.Duration) {
	f.t.Helper()
	fmt.Fprintln(f.input)
	var micros int64
	if _, err := fmt.Fscanln(f.output, &ok, &micros); err != nil {
		f.t.Fatal(err)
	}
	return ok, time.Duration(micros) * time.Microsecond
}

// canHinder reports whether flushes can be hindered here. Where they cannot, the
// error has to say so.
func canHinder(t *testing.T) bool {
	t.Helper()
	err := disk.CanHinder()
	if err != nil && !errors.Is(err, disk.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, disk.ErrUnavailable)
	}
	return err == nil
}

func TestHinderedFlushesFailOrLastLongerAndAreCounted(t *testing.T) {
	if !canHinder(t) {
		return
	}
	for name, flushes := range map[string]disk.Flushes{
		"slow":             {Delay: 50 * time.Millisecond},
		"failing":          {Fail: true},
		"slow and failing": {Delay: 50 * time.Millisecond, Fail: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFlusher(t)
			hindrance, err := disk.Hinder(f.command.Process.Pid, flushes)
			must(t, err)
			for range 3 {
				if ok, took := f.flush(); ok == flushes.Fail || took < flushes.Delay {
					t.Errorf("a flush succeeds: %v, after %v", ok, took)
				}
			}
			if touched, err := hindrance.End(); err != nil || touched != 3 {
				t.Errorf("%d flushes are counted, want 3; error %v", touched, err)
			}
			if ok, _ := f.flush(); !ok {
				t.Error("flushes still fail when it has ended")
			}
		})
	}
}

// TestAHindranceEndsWithItsProcess, also one that ends at the same moment.
func TestAHindranceEndsWithItsProcess(t *testing.T) {
	if !canHinder(t) {
		return
	}
	for range 20 {
		f := newFlusher(t)
		hindrance, err := disk.Hinder(f.command.Process.Pid, disk.Flushes{Fail: true})
		must(t, err)
		must(t, f.command.Process.Kill())
		if _, err := hindrance.End(); err != nil {
			t.Error(err)
		}
		_ = f.command.Wait()
	}
}

func TestAProcessThatHasEndedCannotBeHindered(t *testing.T) {
	if !canHinder(t) {
		return
	}
	f := newFlusher(t)
	must(t, f.command.Process.Kill())
	_ = f.command.Wait()
	if _, err := disk.Hinder(f.command.Process.Pid, disk.Flushes{Fail: true}); err == nil {
		t.Error("there is no error")
	}
}

func TestNobodyWaitsForADiskThatIsSound(t *testing.T) {
	f := newFlusher(t)
	if n := disk.Waiting(f.command.Process.Pid); n != 0 {
		t.Errorf("%d threads wait", n)
	}
}
