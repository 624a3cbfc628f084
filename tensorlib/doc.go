// Package tensorlib is tensors with strides and gradients, on any device that implements tensorlib/backend.
package tensorlib
