package main

import (
	"strings"

	"example.com/gstate/tree"
)

// outline returns the result of an event as an indented tree: a line for each
// leaf, without the commas and brackets that would make a change beside a line
// one of that line too.
func outline(event answer) []string {
	if !event.found() {
		return []string{"(nothing)"}
	}
	value, err := tree.ParseJSON(event.Result)
	if err != nil {
		// A query can give what no item could be, such as the key "#".
		return strings.Split(indented(event.Result), "\n")
	}
	return outlineOf(value)
}

// outlineOf returns the lines of a value, never none.
func outlineOf(value tree.Value) []string {
	var lines []string
	for key, child := range value.Members() {
		lines = append(lines, titled(tree.Path{key}.String()+":", child)...)
	}
	for _, child := range value.Elements() {
		lines = append(lines, hanging("- ", outlineOf(child))...)
	}
	if lines == nil {
		return []string{value.String()}
	}
	return lines
}

// titled puts a title before a value on one line, and above one with children.
func titled(title string, value tree.Value) []string {
	lines := outlineOf(value)
	if value.Kind() < tree.Array || value.Len() == 0 {
		return []string{title + " " + lines[0]}
	}
	return append([]string{title}, hanging("  ", lines)...)
}

// hanging puts a sign before the first line, and as much space before the
// others.
func hanging(sign string, lines []string) []string {
	space := strings.Repeat(" ", len(sign))
	for i, line := range lines {
		if lines[i] = space + line; i == 0 {
			lines[i] = sign + line
		}
	}
	return lines
}

// fitted cuts text to one row of so many columns, with what is no visible
// character escaped.
func fitted(text string, width int) string {
	cells := make([]rune, 0, max(width, 0)+1)
	for _, r := range strings.ReplaceAll(visible(text), "\n", `\u000a`) {
		if cells = append(cells, r); len(cells) > width {
			return string(append(cells[:max(width-1, 0)], '…'))
		}
	}
	return string(cells)
}
