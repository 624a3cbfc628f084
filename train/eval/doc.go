// Package eval finds out how often a language model is right.
//
// A [Question] has a prompt and an expected answer. [Ask] lets the model answer: it either writes its answer, which a [Match]
// compares with the expected one, or, where the question has choices, the likeliest of them is taken (as sums of
// log-probabilities, and divided by bytes and by tokens). [Metrics] are the shares of right answers, by group too, with
// [Wilson] intervals. A [Task] is questions with the way to ask them, in a model's chats or as plain text; [OpenTask] reads one
// from JSON Lines, and [WriteReport] writes every answer to a file.
//
// An answer that does not parse is wrong, and so is an empty one; a prompt that the model cannot read counts as answered wrong, and
// metrics say how many there were.
package eval
