// See addresses.hpp. Slugs, ids and file names are ASCII by the time they get here: nothing needs encoding.

#include "podcast/model/addresses.hpp"

namespace carillon::podcast {

Addresses Addresses::at_domain(std::string origin) const {
  auto there = *this;
  there.origin_ = std::move(origin);
  there.at_domain_ = true;
  return there;
}

std::string Addresses::feed(const Show& show) const { return at_domain_ ? origin_ + "/feed.xml" : origin_ + "/feeds/" + show.slug; }
std::string Addresses::feed(const Feed& feed) const { return at_domain_ ? origin_ + "/feed.xml" : origin_ + "/feeds/" + feed.slug; }
std::string Addresses::page(const Show& show) const { return at_domain_ ? origin_ + "/" : origin_ + "/shows/" + show.slug; }
std::string Addresses::page(const Show& show, const Episode& episode) const {
  return at_domain_ ? origin_ + "/" + episode.slug : page(show) + "/" + episode.slug;
}
std::string Addresses::arrangement(const std::string& name, const Episode& episode) const {
  return audio_origin_ + "/a/" + name + "/" + episode.file_name;
}
std::string Addresses::enclosure(const Episode& episode) const { return audio_origin_ + "/e/" + episode.id + "/" + episode.file_name; }
std::string Addresses::picture(const Picture& picture) const {
  return origin_ + "/pictures/" + picture.digest.hex() + (picture.media_type == "image/png" ? ".png" : ".jpg");
}
std::string Addresses::picture(const Picture& picture, int side, PictureType type) const {
  return origin_ + "/pictures/" + picture.digest.hex() + "/" + std::to_string(side) + (type == PictureType::jpeg ? ".jpg" : ".webp");
}
std::string Addresses::chapters(const Episode& episode) const { return origin_ + "/episodes/" + episode.id + "/chapters.json"; }
std::string Addresses::transcript(const Episode& episode, const Transcript& transcript) const {
  return origin_ + "/episodes/" + episode.id + "/" + file_name_of(transcript);
}

}  // namespace carillon::podcast
