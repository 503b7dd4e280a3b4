// See inquiries.hpp.

#include "podcast/domains/inquiries.hpp"

#include <algorithm>

namespace carillon::podcast {

std::vector<Inquiries::Answer> Inquiries::ask(const Domains::Lookup& lookup, char kind, const std::vector<std::string>& names,
                                              Duration patience) {
  std::vector<std::shared_ptr<Inquiry>> inquiries;
  Lock lock{mutex_};
  for (const auto& name : names) {
    const auto inquired = kind + name;
    auto& inquiry = under_way_[inquired];
    if (!inquiry) {
      inquiry = std::make_shared<Inquiry>();
      lookups_.post([this, &lookup, name, inquired, inquiry] {
        auto found = lookup(name);
        const Lock again{mutex_};
        inquiry->answer = std::move(found);
        under_way_.erase(inquired);
        answered_.notify_all();
      });
    }
    inquiries.push_back(inquiry);
  }
  answered_.wait_for(lock, patience, [&] {
    mutex_.is_held();
    return stopping_ || std::ranges::all_of(inquiries, [](const auto& inquiry) { return inquiry->answer.has_value(); });
  });
  std::vector<Answer> found;
  for (const auto& inquiry : inquiries)
    found.push_back(inquiry->answer.value_or(fail(ErrorKind::unavailable, "no name server has responded yet")));
  return found;
}

void Inquiries::stop() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  answered_.notify_all();
  lookups_.stop();
}

}  // namespace carillon::podcast
