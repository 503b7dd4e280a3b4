// Fuzz target: what shows and episodes say about themselves, from anybody. What is taken comes back the same, and is within its limits.

#include "podcast/model/metadata.hpp"

#include "base/json.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace carillon::podcast;

void check(bool holds) {
  if (!holds) std::abort();
}

/// What is read is written at most so much longer: each entry has all its fields, and a character of three bytes may be escaped.
constexpr std::size_t kMaxPerByte = 60;

template <class Metadata, class Edit>
void check_read(const carillon::Result<Edit>& edit, std::size_t size, carillon::Result<Edit> (*read)(const boost::json::object&)) {
  if (!edit) {
    check(!edit.error().message.empty());
    return;
  }
  Metadata metadata, again;
  apply(*edit, metadata);
  check(metadata.persons.size() <= kMaxPersons && metadata.locations.size() <= kMaxLocations);
  const auto document = document_of(metadata);
  check(json_text(document).size() <= 512 + kMaxPerByte * size);
  const auto second = read(document);
  check(second.has_value());
  apply(*second, again);
  check(again == metadata);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::json::error_code wrong;
  const auto value = boost::json::parse(boost::json::string_view(reinterpret_cast<const char*>(data), size), wrong);
  if (wrong || !value.is_object()) return 0;
  check_read<ShowMetadata>(show_metadata_from(value.as_object()), size, show_metadata_from);
  check_read<EpisodeMetadata>(episode_metadata_from(value.as_object()), size, episode_metadata_from);
  return 0;
}
