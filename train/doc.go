// Package train carries out training runs.
package train
