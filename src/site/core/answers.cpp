// See answers.hpp.

#include "site/core/answers.hpp"

namespace carillon::site {

http::Response open_to_every_origin(http::Response response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace carillon::site
