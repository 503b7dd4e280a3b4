// See body_pace.hpp.

#include "http/server/body_pace.hpp"

namespace carillon::http {

std::optional<std::string> BodyPace::note(net::Within waited, std::size_t arrived) {
  waited_ += waited;
  arrived_ += arrived;
  if (waited_ >= deadlines_.body_window) {
    if (arrived_ < deadlines_.least_in_window) return "The request body arrived too slowly.";
    waited_ = {};
    arrived_ = 0;
  }
  if (arrived == 0 && Clock::now() >= piece_by_) return "The request body took too long to arrive.";
  return {};
}

}  // namespace carillon::http
