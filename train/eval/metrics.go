package eval

import (
	"math"
	"strings"
)

// z95 is how many standard deviations around the mean hold 95% of a normal distribution.
const z95 = 1.959963984540054

// Wilson is the interval of Wilson (1927) in which a probability lies with 95% confidence when a share of n independent trials came
// true. It is [0, 1] without trials.
func Wilson(share float64, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	N, z2 := float64(n), z95*z95
	middle := (share + z2/(2*N)) / (1 + z2/N)
	half := z95 * math.Sqrt(share*(1-share)/N+z2/(4*N*N)) / (1 + z2/N)
	return max(0, middle-half), min(1, middle+half)
}

// Metrics are the shares of right answers:
//
//	exactMatch     of written answers, by the Match of the call
//	accuracy       of chosen answers; accuracyRaw, accuracyPerByte and accuracyPerToken by each way to compare choices
//	name/group     of these two, in each group
//	nameLow, nameHigh, interval  the Wilson interval around the first of the two that there is, and half its width
//	passAtSamples  the share of questions with a right answer among several samples
//	questions, unreadable        how many there were, and how many of them the model could not read
//
// Samples of a question count as one trial, with the share of them that is right.
func Metrics(answers []Answer) map[string]float64 {
	c := counts{}
	m := map[string]float64{"questions": 0, "unreadable": 0}
	samples := 0
	for _, a := range answers {
		name := "exactMatch"
		if a.Chosen {
			name = "accuracy"
			for _, way := range ways {
				c.add("accuracy"+strings.ToUpper(string(way[:1]))+string(way[1:]), a.By[way], a.Sample)
			}
		}
		c.add(name, a.Correct, a.Sample)
		if a.Group != "" {
			c.add(name+"/"+a.Group, a.Correct, a.Sample)
		}
		samples = max(samples, a.Sample+1)
		if a.Sample == 0 {
			m["questions"]++
			if a.Reason == Unreadable {
				m["unreadable"]++
			}
		}
	}
	for name, x := range c {
		m[name] = float64(x.right) / float64(x.all)
	}
	if samples > 1 {
		m["passAtSamples"] = passed(answers)
	}
	for _, name := range []string{"exactMatch", "accuracy"} {
		share, ok := m[name]
		if !ok {
			continue
		}
		low, high := Wilson(share, c[name].questions)
		m[name+"Low"], m[name+"High"] = low, high
		if _, ok := m["interval"]; !ok {
			m["interval"] = (high - low) / 2
		}
	}
	return m
}

// counts are answers by metric: how many, how many right ones, and of how many questions.
type counts map[string]struct{ all, right, questions int }

func (c counts) add(name string, right bool, sample int) {
	x := c[name]
	x.all++
	if sample == 0 {
		x.questions++
	}
	if right {
		x.right++
	}
	c[name] = x
}

// passed is the share of questions with a right answer.
func passed(answers []Answer) float64 {
	right := map[int]bool{}
	for _, a := range answers {
		right[a.Question] = right[a.Question] || a.Correct
	}
	n := 0
	for _, ok := range right {
		if ok {
			n++
		}
	}
	return float64(n) / float64(len(right))
}
