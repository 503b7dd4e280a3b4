#pragma once
// A store in front of another one that lets a test act while something is being stored: what takes time is when others edit.

#include "blob/store.hpp"

#include <utility>

namespace carillon::podcast::testing {

class MeddlingStore final : public blob::Store {
 public:
  explicit MeddlingStore(blob::Store& store) : store_{store} {}
  /// Called on the storing thread before each begin(), with the length that is expected; its error is that of begin(). Set it while nothing
  /// is stored.
  std::function<Result<>(ByteCount)> before_begin = [](ByteCount) { return Result<>{}; };

  Result<std::unique_ptr<blob::Writer>> begin(ByteCount expected) override {
    if (auto good = before_begin(expected); !good) return forward_error(good);
    return store_.begin(expected);
  }
  /// The digest whose bytes are read instead.
  std::function<Digest(const Digest&)> instead = [](const Digest& digest) { return digest; };

  Result<Body> open(const Digest& digest) override { return store_.open(instead(digest)); }
  Result<std::shared_ptr<const FileDescriptor>> local_file(const Digest& digest) override { return store_.local_file(instead(digest)); }
  bool has(const Digest& digest) override { return store_.has(digest); }
  Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point stored_before) override {
    return store_.remove(digest, stored_before);
  }
  Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) override {
    return store_.each(visit);
  }
  Result<std::unique_ptr<blob::PartWriter>> resume(const std::string& part, const crypto::ResumableSha256& state,
                                                   ByteCount expected) override {
    return store_.resume(part, state, expected);
  }
  bool has_part(const std::string& part, ByteCount length) override { return store_.has_part(part, length); }
  Result<blob::Stored> keep_part(const std::string& part, const crypto::ResumableSha256& state) override {
    return store_.keep_part(part, state);
  }
  Result<> drop_part(const std::string& part) override { return store_.drop_part(part); }
  Result<std::vector<std::string>> parts() override { return store_.parts(); }
  Result<> check_space(ByteCount needed) override { return store_.check_space(needed); }

 private:
  blob::Store& store_;
};

}  // namespace carillon::podcast::testing
