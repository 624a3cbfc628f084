// Package arrowio keeps tokens in Arrow IPC files and reads them through a memory map. It is the only importer of Arrow.
//
// A token file is an uncompressed Arrow IPC file with one column, "tokens", of uint16 where the ids fit and of uint32
// where not, in record batches of up to 65,536. WriteTokens makes one, any Arrow implementation reads it.
// OpenTokens maps one into memory: nothing is copied until Read copies the tokens asked for, and pages that are not
// used are not loaded.
//
// The reader takes nothing in the file on trust. Arrow's own reader copies every byte twice (v17), so the footer and the batch
// headers, which are flatbuffers, are read here, each offset checked against the file before it is followed.
package arrowio
