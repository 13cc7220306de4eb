// Package report shows a run that is over: a page for people, a summary for
// programs, and the history in a form that other checkers read.
//
// # Guarantees
//
//   - The page of a run that broke a rule begins with that: the verdict, what is
//     wrong, when it showed and during which fault, and the operations that prove
//     it, the decisive one marked.
//
//     Held by TestThePageOfAViolationBeginsWithIt, TestEveryBugIsDrawn.
//
//   - In the drawing of a finding the order of all beginnings and ends is true,
//     and so is what overlaps.
//
//     Held by TestTheAxisKeepsTheOrder.
//
//   - The page is one file, and loads nothing. What nodes and clients have said is
//     shown as text, whatever it is.
//
//     Held by TestThePageLoadsNothing, TestWhatTheClusterSaysIsNoMarkup.
//
//   - Every history has a report: one that is empty or not finished, and one with
//     functions, faults and rules that the report does not know.
//
//     Held by TestAnyHistoryHasAReport, FuzzAHistoryThatIsValidHasAReport.
//
//   - The fields of summary.json keep their names and meaning within a Schema.
//
//     Held by TestTheSummaryCounts.
//
// # The folder of a run
//
//	report.html     the page
//	summary.json    a Summary
//	history.jsonl   the history, an event a line: package history
//	history.edn     the same in the form of Jepsen, for Knossos and Elle
//	run.json        the rest of what judges the run again: harness.Record
//	samples.jsonl   what the nodes said of themselves all through the run
//	finding-1.html  a finding drawn by its own checker, as by porcupine
//	a.log, a/       the log and the data of node a
//
// What else is there is listed on the page too, such as drawings of other
// checkers.
//
// # The page
//
// It can be read without its script, but for the timeline. That has the faults of
// each node, the roles and terms of the nodes and how far they were behind, the
// operations per second, their latency, and each operation of each client, all on
// one time axis that can be zoomed with the pointer and the keyboard. A finding is
// a dashed line.
//
// A finding is drawn on an axis of its own, on which pauses are short: five
// milliseconds can be seen beside a minute.
//
// Of a run with more than a hundred thousand operations the timeline shows a part,
// but all of them around each finding. Rates and latencies are of all.
//
// # Outages
//
// An outage is a time between one acknowledged write and the next, while clients
// were at work, of a quarter of a second or more. A fault has a part in it if some
// of it passed during the fault.
//
// # Example
//
//	v, err := h.Run(ctx)
//	err = report.Write(dir, h.Record(), v)
//
// # Adding to it
//
// A rule that people should understand without its documentation gets a sentence
// in promises. What a call asks and what came of it is said by asked and answered.
//
// # Concurrency
//
// Write may be called at any time; only one call may write to a folder.
package report
