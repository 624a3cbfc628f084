// Package safetensors reads and writes the file format of that name: eight bytes that say how long the header is, a JSON
// header that says where each tensor lies, and the tensors' bytes without gaps.
//
// [Write] and [WriteFile] make a file of [Named] tensors; [Open] and [Read] give a [File], whose header has been checked in
// full, and which reads tensors one by one. A damaged file gives an error that wraps [ErrCorrupt], whatever its bytes are.
//
// The payload starts at a multiple of 64 bytes, and tensors of larger elements come first, so that every tensor is aligned to
// its element size. A tensor has the dtype it is stored in, float16 and bfloat16 too.
package safetensors
