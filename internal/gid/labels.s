// This file lets labels.go declare a function of the runtime without a body.
