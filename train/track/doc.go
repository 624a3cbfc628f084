// Package track records how a run goes, and shows it.
//
// A Record is one step's numbers. A Writer appends records to a JSON Lines file, one line a step, and readers may look at
// any time: a torn last line, all that a killed process can leave, is passed over. A resumed run opens the file with the step it
// resumes from, and the records after it go, so the file holds each step once. Read reads it whole; Tail follows it while
// it grows. A Curve collects losses and draws itself: as a picture in a notebook, as a Sparkline in a terminal.
package track
