// See media_references.hpp.

#include "app/media_references.hpp"

#include "ads/serving/ad_server.hpp"
#include "ads/store/owners.hpp"
#include "podcast/store/references.hpp"
#include "uploads/uploads.hpp"

namespace carillon::app {

std::vector<blob::References> media_references() {
  return {podcast::referenced_media, uploads::referenced_media, ads::referenced_media, ads::arranged_media};
}

}  // namespace carillon::app
