// Package imports makes the packages that cells may import: for the checker, of the symbol tables with which the engine runs,
// and of the prelude.
//
// A table holds values and types of compiled packages, but no generic function or type. The generic packages of the standard
// library (slices, maps, iter, …) therefore come as Go source, in _prelude, written for the engine; a [Source] is checked like a
// cell and lowered where it is used. A package may have both: then compiled and generic names stand side by side.
package imports
