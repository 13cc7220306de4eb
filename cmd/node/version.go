package main

import (
	"runtime"
	"runtime/debug"
)

// buildVersion says what this program was built from: the version of the
// module, which has the commit in it unless the commit is a release, and the Go
// release. A build outside of version control has no more to say than (devel).
func buildVersion() string {
	version := "(devel)"
	if build, ok := debug.ReadBuildInfo(); ok && build.Main.Version != "" {
		version = build.Main.Version
	}
	return version + " (" + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + ")"
}
