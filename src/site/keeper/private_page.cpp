// See private_page.hpp.

#include "site/keeper/private_page.hpp"

namespace carillon::site {

http::Response private_page(int status, std::string html) {
  auto response = http::html(status, std::move(html));
  response.fields.set("Cache-Control", "no-store");
  response.policy->styles = "'self'";
  response.policy->images = "'self'";
  response.policy->forms = "'self'";
  return response;
}

}  // namespace carillon::site
