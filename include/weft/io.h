// How the bytes of source files are read.
//
//   weft::LoadOptions options;
//   options.io = weft::Io::kDirect;  // read once, and leave the system's cache to others
//
// The result is the same for each way, bit for bit; docs/decisions/15-io.md has what was measured.
#ifndef WEFT_IO_H_
#define WEFT_IO_H_

namespace weft {

enum class Io {
  // What was measured to serve best: kPread; and Convert lets the system copy long parts that lie
  // at
  // the same place of a block on both sides (copy_file_range). They do not pass through the
  // program,
  // and take no space where the file system can share blocks. Never maps a file.
  kAuto,
  // Reads through the system's cache, and nothing else. Works for every file.
  kPread,
  // Copies out of mapped files. Nobody may cut a source file meanwhile: what is known to be gone
  // is kInputChanged, but a file that is cut in the very moment of a copy ends the process with
  // SIGBUS. There is no way around that which is cheaper than kPread: a library has no business
  // with signal handlers, and calls that copy from a mapping and fail in good order cost more than
  // a read.
  kMmap,
  // Past the system's cache (O_DIRECT): neither takes memory from it nor finds what is in it. For
  // files that are read once and are not in the cache. kCannotRead where the file system has no
  // such reads; there is no silent way round. Needs about 2 MiB for each thread, beside
  // `memory_bytes`.
  kDirect,
};

}  // namespace weft

#endif  // WEFT_IO_H_
