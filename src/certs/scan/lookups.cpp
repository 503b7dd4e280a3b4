// See lookups.hpp.

#include "certs/scan/lookups.hpp"

#include <algorithm>

namespace carillon::certs {

Lookups::Lookups(dns::Resolver& resolver, std::vector<std::string> names, std::size_t threads, std::function<void()> woken)
    : resolver_{resolver}, names_{std::move(names)}, woken_{std::move(woken)} {
  threads = std::min(threads, names_.size());
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

std::vector<Lookups::Answer> Lookups::take() {
  const Lock lock{mutex_};
  return std::exchange(answers_, {});
}

void Lookups::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::size_t mine = 0;
    {
      const Lock lock{mutex_};
      if (next_ == names_.size()) return;
      mine = next_++;
    }
    auto addresses = resolver_.addresses(names_[mine]);
    {
      const Lock lock{mutex_};
      answers_.push_back({mine, std::move(addresses)});
    }
    woken_();
  }
}

}  // namespace carillon::certs
