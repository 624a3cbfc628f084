// This file lets routines.go declare a function of the runtime without a body.
