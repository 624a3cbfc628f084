//go:build race

package interp_test

const raceBuild = true
