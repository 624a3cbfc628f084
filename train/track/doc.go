// Package track records how a run goes.
//
// A Record is a step, a time and what was measured, by name: each kind of training has names of its own. A Writer appends records to a
// JSON Lines file, one line a step, and readers may look at any time: a torn last line, all that a killed process can leave, is
// passed over. A resumed run opens the file with the step it resumes from, and the records after it go, so the file holds each
// step once. Read reads it whole; Tail follows it while it grows. Packages display/chart and display/spark draw what it holds.
package track
