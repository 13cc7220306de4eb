package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"
)

// settled returns what 'node run' would run with, given these arguments.
func settled(t *testing.T, args ...string) (*runConfig, error) {
	t.Helper()
	var config runConfig
	cmd := &cobra.Command{Use: "run", SilenceErrors: true, SilenceUsage: true}
	settings := config.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return config.fill(cmd, settings) }
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usagef(cmd, "%w", err) })
	cmd.SetArgs(args)
	return &config, cmd.ExecuteContext(t.Context())
}

// settingsFile writes a settings file and returns its path.
func settingsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlagGoesBeforeEnvironmentBeforeFileBeforeDefault(t *testing.T) {
	const base = "--data=d --id=a --peers=a=127.0.0.1:7001"
	tests := []struct {
		name, flag, environment, file string
		want                          time.Duration
	}{
		{"default", "", "", "", time.Hour},
		{"file", "", "", `{"snapshot-age":"3m"}`, 3 * time.Minute},
		{"environment over file", "", "2m", `{"snapshot-age":"3m"}`, 2 * time.Minute},
		{"flag over both", "--snapshot-age=1m", "2m", `{"snapshot-age":"3m"}`, time.Minute},
		{"flag that repeats the default over both", "--snapshot-age=1h", "2m", `{"snapshot-age":"3m"}`, time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("GSTATE_SNAPSHOT_AGE", test.environment)
			if test.file != "" {
				t.Setenv("GSTATE_CONFIG", settingsFile(t, test.file))
			}
			got, err := settled(t, strings.Fields(base+" "+test.flag)...)
			if err != nil || got.node.SnapshotAge != test.want {
				t.Errorf("snapshot age %v, error %v, want %v", got.node.SnapshotAge, err, test.want)
			}
		})
	}
}

func TestSettingsFileHasEverySetting(t *testing.T) {
	file := settingsFile(t, `{
		"id": "b", "data": "dir", "listen": "0.0.0.0:7002", "http": "0.0.0.0:8002", "cluster": "shop",
		"peers": {"b": "h2:7002", "a": "h1:7001"},
		"heartbeat": "2s", "election": "3s", "snapshot-entries": 5, "snapshot-bytes": 6, "snapshot-age": "7s",
		"trailing-logs": 8, "log-level": "warn", "log-json": true
	}`)
	got, err := settled(t, "--config", file)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"ID":"b","Cluster":"shop","Peers":[{"ID":"a","Address":"h1:7001"},{"ID":"b","Address":"h2:7002"}],` +
		`"Dir":"dir","Listen":"0.0.0.0:7002","Heartbeat":2000000000,"Election":3000000000,"Entries":5,"Bytes":6,` +
		`"Age":7000000000,"Trailing":8,"HTTP":"0.0.0.0:8002","Level":"warn","JSON":true}`
	node := got.node
	text, err := json.Marshal(struct {
		ID, Cluster         string
		Peers               any
		Dir, Listen         string
		Heartbeat, Election time.Duration
		Entries, Bytes      uint64
		Age                 time.Duration
		Trailing            uint64
		HTTP, Level         string
		JSON                bool
	}{
		node.ID, node.Cluster, node.Peers, node.Dir, node.Listen, node.HeartbeatTimeout, node.ElectionTimeout,
		node.SnapshotEntries, node.SnapshotBytes, node.SnapshotAge, node.TrailingLogs, got.http, got.logLevel, got.logJSON,
	})
	if err != nil || string(text) != want {
		t.Errorf("settings %s, error %v\nwant     %s", text, err, want)
	}
}

func TestSettingsFileOfTheHelpWorksAsShown(t *testing.T) {
	t.Setenv("GSTATE_ID", "c")
	got, err := settled(t, "--config", settingsFile(t, settingsExample))
	if err != nil || got.node.ID != "c" || got.node.Dir != "./data" || len(got.node.Peers) != 3 || got.http != "127.0.0.1:8003" {
		t.Errorf("settings %+v, error %v", got, err)
	}
	help := runProgram(t.Context(), "", "run", "--help").stdout
	if !strings.Contains(help, settingsExample) || !strings.Contains(help, "GSTATE_ID=c node run --config cluster.json") {
		t.Errorf("the help does not show the file and its use:\n%s", help)
	}
}

func TestMemberWaitsForALeaderAsLongAsARequestMay(t *testing.T) {
	got, err := settled(t, "--data=d", "--id=a", "--peers=a=127.0.0.1:7001")
	if err != nil || got.node.LeaderWait != maxTimeout {
		t.Errorf("a write waits %v for a leader, error %v, want %v", got.node.LeaderWait, err, maxTimeout)
	}
}

func TestLogShowsTheEngineFromWarningsOn(t *testing.T) {
	tests := []struct{ level, want string }{
		{"debug", "debug info warn raft-debug raft-info raft-warn transport-debug transport-info transport-warn"},
		{"info", "info warn raft-warn transport-warn"},
		{"warn", "warn raft-warn transport-warn"},
		{"off", ""},
	}
	for _, test := range tests {
		t.Run(test.level, func(t *testing.T) {
			var out strings.Builder
			config := runConfig{logLevel: test.level}
			member := config.logger(&out).Named("gstate")
			for prefix, logger := range map[string]hclog.Logger{
				"": member, "raft-": member.Named("raft").With("key", "value"), "transport-": member.Named("transport").Named("part"),
			} {
				logger.Debug(prefix + "debug")
				logger.Info(prefix + "info")
				logger.Warn(prefix + "warn")
			}
			for _, level := range []string{"debug", "info", "warn", "raft-debug", "raft-info", "raft-warn",
				"transport-debug", "transport-info", "transport-warn"} {
				logged := strings.Contains(out.String(), ": "+level)
				if wanted := slices.Contains(strings.Fields(test.want), level); logged != wanted {
					t.Errorf("%s was logged: %v, want %v, in:\n%s", level, logged, wanted, &out)
				}
			}
		})
	}
}

func TestLogTimesHaveOneWidth(t *testing.T) {
	for _, nanoseconds := range []int{0, 120_000_000, 123_456_789} {
		text := time.Date(2026, 11, 24, 18, 0, 0, nanoseconds, time.UTC).Format(logTime)
		if len(text) != len("2026-11-24T18:00:00.000000Z") {
			t.Errorf("time %s", text)
		}
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	const good = "--data=d --id=a --peers=a=127.0.0.1:7001"
	tests := []struct{ name, args, file, environment, want string }{
		{"no id", "--data=d --peers=a=h:1", "", "", "--id is missing"},
		{"no folder", "--id=a --peers=a=h:1", "", "", "--data is missing"},
		{"no peers", "--id=a --data=d", "", "", "--peers is missing: give every member, such as --peers a=127.0.0.1:7001"},
		{"a member that is no peer", "--id=x --data=d --peers=a=h:1,b=h:2", "", "", "--id x is not among --peers a=h:1,b=h:2"},
		{"a peer without address", "--id=a --data=d --peers=a", "", "", `"a": want id=host:port`},
		{"a peer twice", "--id=a --data=d --peers=a=h:1,a=h:2", "", "", "member a is there twice"},
		{"a peer at no host", "--id=a --data=d --peers=a=:7001", "", "", "names no host that others can dial"},
		{"a log level that is none", good + " --log-level=loud", "", "", "--log-level loud: want trace"},
		{"a heartbeat that is too short", good + " --heartbeat=1us", "", "", "HeartbeatTimeout is 1µs"},
		{"a variable that is no duration", good, "", "soon", "environment variable GSTATE_SNAPSHOT_AGE: invalid"},
		{"an unknown key in the file", good, `{"snapshots": 1}`, "", `"snapshots" is no setting: want one of cluster, data`},
		{"the file naming a file", good, `{"config": "x"}`, "", `"config" is no setting`},
		{"a list in the file", good, `{"peers": ["a"]}`, "", `"peers": want a string, a number`},
		{"a number for an address in the file", good, `{"peers": {"a": 1}}`, "", `"peers": "a": want a string`},
		{"a wrong value in the file", good, `{"snapshot-age": 5}`, "", `"snapshot-age": invalid argument "5"`},
		{"a file that is no object", good, `[]`, "", "not a JSON object"},
		{"a file with two objects", good, `{} {}`, "", "something follows the JSON object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := strings.Fields(test.args)
			if test.file != "" {
				args = append(args, "--config", settingsFile(t, test.file))
			}
			t.Setenv("GSTATE_SNAPSHOT_AGE", test.environment)
			_, err := settled(t, args...)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if code, _ := explain(err); code != exitUsage {
				t.Errorf("exit status %d, want %d", code, exitUsage)
			}
		})
	}
	t.Run("a file that is missing", func(t *testing.T) {
		_, err := settled(t, "--config", "no/such/file")
		if err == nil || !strings.Contains(err.Error(), "settings file no/such/file: no such file") {
			t.Errorf("error %v", err)
		}
	})
}

func TestAddressesComeFromTheEnvironment(t *testing.T) {
	node := answerWith(t, 200, `{"revision":1,"value":5,"modified":1,"version":1}`)
	t.Setenv("GSTATE_ADDR", nobody(t)+","+node.url)
	runProgram(t.Context(), "", "get", "a").check(t, exitOK, "5\n", "")
	runProgram(t.Context(), "", "get", "a", "--addr", nobody(t)).check(t, exitUnavailable, "", "connection refused")
}

func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a"}`, `{"peers":{"a":"b"}}`, `{"log-json":true,"snapshot-bytes":1e9}`, `{"a":null}`, `[`, `{}x`, `{"peers":{"a":{}}}`,
	} {
		f.Add([]byte(seed))
	}
	path := filepath.Join(f.TempDir(), "settings.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		texts, err := readSettings(path)
		if err == nil && !json.Valid(data) {
			t.Errorf("settings %v were read from what is no JSON: %q", texts, data)
		}
	})
}
