// The text of libav's error numbers.

#include "media/libav.hpp"

namespace carillon::media {

std::string libav_text(int number) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(number, text, sizeof text);
  return text;
}

}  // namespace carillon::media
