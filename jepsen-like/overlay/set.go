package overlay

// Set is a number of changes that belong together: each is made, or none.
type Set struct {
	// Name is for errors.
	Name string
	// Edits change files that are there, in this order.
	Edits []Edit
	// Throughout are edits after those, at all places where their anchors stand.
	// There must be one.
	Throughout []Edit
	// Files are new, or stand in for files that are there.
	Files []File
}

// Edit puts other text in the place of an anchor.
type Edit struct {
	// Package is an import path, and File the name of a file in its folder.
	Package, File string
	// Anchor is text that the file has exactly once, and New what comes in its
	// place. An anchor is best a few whole lines, so that it is found no more
	// when what it stood for has changed.
	Anchor, New string
}

// File is the whole content of a file.
type File struct {
	// Package is an import path, and Name that of a file in its folder.
	Package, Name string
	Content       string
}
