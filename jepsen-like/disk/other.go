//go:build !linux

package disk

import (
	"errors"
	"os"
	"syscall"
)

var errNotLinux = errors.New("this needs Linux")

// namespace is never made here, and so nothing of what follows is ever called.
type namespace struct{}

func newNamespace() (*namespace, error)         { return nil, errNotLinux }
func (*namespace) enter() error                 { return errNotLinux }
func (*namespace) close() error                 { return errNotLinux }
func attach(*os.File) (*os.File, error)         { return nil, errNotLinux }
func isAttached(string, *os.File) (bool, error) { return false, errNotLinux }
func mount(*os.File, string) error              { return errNotLinux }
func unmount(string) error                      { return errNotLinux }
func isBusy(error) bool                         { return false }
func freeze(string) error                       { return errNotLinux }
func shutDown(string) error                     { return errNotLinux }
func takeAll(string) error                      { return errNotLinux }
func boundToThread() *syscall.SysProcAttr       { return nil }
func ownGroup() *syscall.SysProcAttr            { return nil }
