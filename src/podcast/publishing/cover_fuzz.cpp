// Fuzz target: any bytes as a cover. What is taken is square, of the sizes that directories take, and named by its bytes.

#include "crypto/sha256.hpp"
#include "podcast/publishing/cover.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto cover = podcast::check_cover(bytes);
  const bool right = cover ? cover->side >= podcast::kSmallestCover && cover->side <= podcast::kLargestCover &&
                                 cover->length.value == size && cover->digest == crypto::sha256(as_bytes(bytes)) &&
                                 (cover->media_type == "image/png" || cover->media_type == "image/jpeg")
                           : cover.error().kind == ErrorKind::invalid && cover.error().field == "image";
  if (!right) std::abort();
  return 0;
}
