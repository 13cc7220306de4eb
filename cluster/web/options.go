package web

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/gstate/cluster"
	"example.com/gstate/tree"
)

// options are the parameters of a URL, each checked by itself.
type options struct {
	// timeout is how long the request may wait, never 0.
	timeout time.Duration
	// revision is the least that the tree must have to be read.
	revision uint64
	// linearizable asks for a tree with every write acknowledged so far.
	linearizable bool
	// ttl is the lease that a write gives to its item, and ephemeral how long the
	// session of this node may be silent that it is to live with; 0 for neither.
	ttl, ephemeral time.Duration
	// keeper is the item that it is to live with, nil for none.
	keeper *tree.Path
	// replace makes a set remove what the value does not mention.
	replace bool
	// children asks a get for the metadata of the item's children too.
	children bool
	// held is the condition of if-held, nil for none.
	held *cluster.Condition
	// query and path say what to watch; nil when they are not given, which is
	// not the same as an empty one.
	query []byte
	path  *tree.Path
	// since is the revision that a watch goes on from, nil for none.
	since *uint64
	// every asks a watch for each change by itself, and endWhenSlow for its end
	// when one may be missing.
	every, endWhenSlow bool
	// delta asks a watch for what differs between results, changes for the parts of
	// the tree that this is, and onlyChanges for these without the results.
	delta, changes, onlyChanges bool
	// progress is the time after which a watch without changes says so, 0 for
	// never.
	progress time.Duration
}

// parameters says how each parameter is read.
var parameters = map[string]func(o *options, text string) error{
	"timeout":  (*options).setTimeout,
	"revision": (*options).setRevision,
	"read":     (*options).setRead,
	"replace":  asked("replace", func(o *options) *bool { return &o.replace }),
	"ttl": func(o *options, text string) (err error) {
		o.ttl, err = parseTTL("ttl", text)
		return err
	},
	"ephemeral": func(o *options, text string) (err error) {
		o.ephemeral, err = parseTTL("ephemeral", text)
		return err
	},
	"while":         (*options).setKeeper,
	"children":      asked("children", func(o *options) *bool { return &o.children }),
	"if-held":       (*options).setHeld,
	"query":         func(o *options, text string) error { o.query = []byte(text); return nil },
	"path":          (*options).setPath,
	"since":         (*options).setSince,
	"every":         asked("every", func(o *options) *bool { return &o.every }),
	"end-when-slow": asked("end-when-slow", func(o *options) *bool { return &o.endWhenSlow }),
	"delta":         asked("delta", func(o *options) *bool { return &o.delta }),
	"changes":       asked("changes", func(o *options) *bool { return &o.changes }),
	"only-changes":  asked("only-changes", func(o *options) *bool { return &o.onlyChanges }),
	"progress":      (*options).setProgress,
}

// parseOptions reads the parameters of a URL. Those outside takes are refused:
// a misspelt one would silently weaken a read or widen a write.
func parseOptions(rawQuery string, takes []string) (options, error) {
	parsed := options{timeout: DefaultTimeout}
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return parsed, invalid("URL parameters: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if name != "timeout" && !slices.Contains(takes, name) {
			return parsed, invalid("parameter %.40q is unknown here, known are %q", name, append(takes[:len(takes):len(takes)], "timeout"))
		}
		if n := len(values[name]); n > 1 {
			return parsed, invalid("parameter %s is given %d times", name, n)
		}
		if err := parameters[name](&parsed, values[name][0]); err != nil {
			return parsed, err
		}
	}
	if parsed.onlyChanges && values.Has("changes") && !parsed.changes {
		return parsed, invalid("parameter changes is false, but only-changes asks for them")
	}
	if parsed.endWhenSlow && values.Has("every") && !parsed.every {
		return parsed, invalid("parameter every is false, but end-when-slow asks for every change")
	}
	return parsed, nil
}

func (o *options) setTimeout(text string) error {
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 || timeout > MaxTimeout {
		return invalid("timeout %.40q is not a duration above 0 and up to %v, such as 2s", text, MaxTimeout)
	}
	o.timeout = timeout
	return nil
}

// lives returns the operations that say how long the item at a path lives.
func (o *options) lives(path tree.Path) ([]cluster.Op, error) {
	var lives []cluster.Op
	if o.ttl > 0 {
		lives = append(lives, cluster.Expire(path, o.ttl))
	}
	if o.ephemeral > 0 {
		lives = append(lives, cluster.Ephemeral(path, o.ephemeral))
	}
	if o.keeper != nil {
		lives = append(lives, cluster.KeepWhile(path, *o.keeper))
	}
	if len(path) == 0 && len(lives) > 0 {
		return nil, invalid("the root lives for ever: %q are for items", life)
	}
	return lives, nil
}

// parseTTL reads the time of a lease; name says in the error where it stood.
func parseTTL(name, text string) (time.Duration, error) {
	ttl, err := time.ParseDuration(text)
	if err != nil || ttl <= 0 {
		return 0, invalid("%s %.40q is not a duration above 0, such as 30s", name, text)
	}
	return ttl, nil
}

func (o *options) setRevision(text string) (err error) {
	o.revision, err = parseRevision("parameter revision", text)
	return err
}

func (o *options) setRead(text string) error {
	if text != "local" && text != "linearizable" {
		return invalid("read %.40q is neither local nor linearizable", text)
	}
	o.linearizable = text == "linearizable"
	return nil
}

// asked returns how a parameter is read that asks for something or not.
func asked(name string, field func(*options) *bool) func(*options, string) error {
	return func(o *options, text string) (err error) {
		if *field(o), err = strconv.ParseBool(text); err != nil {
			return invalid("%s %.40q is neither true nor false", name, text)
		}
		return nil
	}
}

// setHeld reads PATH:TOKEN. A key may have a colon in it, a token has none.
func (o *options) setHeld(text string) error {
	colon := strings.LastIndexByte(text, ':')
	if colon < 0 {
		return invalid("if-held %.40q is not a path and a token with a colon between, such as locks.a:17", text)
	}
	path, err := tree.ParsePath(text[:colon])
	if err != nil {
		return within("parameter if-held", err)
	}
	token, err := parseRevision("token of if-held", text[colon+1:])
	held := cluster.Held(path, token)
	o.held = &held
	return err
}

func (o *options) setPath(text string) error {
	path, err := tree.ParsePath(text)
	o.path = &path
	return within("parameter path", err)
}

func (o *options) setKeeper(text string) error {
	path, err := tree.ParsePath(text)
	o.keeper = &path
	return within("parameter while", err)
}

// parseRevision reads a revision; name says in the error where it stood.
func parseRevision(name, text string) (uint64, error) {
	revision, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, invalid("%s %.40q is not a revision, a whole number from 0", name, text)
	}
	return revision, nil
}
