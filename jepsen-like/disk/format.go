package disk

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// format returns an image with an empty file system. Its file is made beside
// dir, and has no name any more.
func format(dir string) (image *os.File, err error) {
	tool, err := findTool("mkfs.ext4")
	if err != nil {
		return nil, err
	}
	image, err = os.CreateTemp(filepath.Dir(dir), "image-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = image.Close()
		}
	}()
	defer os.Remove(image.Name())
	if err := image.Truncate(imageBytes); err != nil {
		return nil, err
	}
	// No block is kept for root: the nodes may be root's.
	output, err := exec.Command(tool, "-q", "-F", "-m", "0", image.Name()).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", tool, err, output)
	}
	return image, nil
}

// findTool looks for a program also where those of administrators are: they are
// in the path of root alone, and not always.
func findTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", err
}
