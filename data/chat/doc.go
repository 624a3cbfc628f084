// Package chat lays out conversations as the tokens that a model reads.
package chat
