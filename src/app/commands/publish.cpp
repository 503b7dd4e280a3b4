// carillon publish: upload, create, attach, publish, wait.

#include "app/commands/commands.hpp"
#include "app/commands/episode_documents.hpp"
#include "app/commands/printing.hpp"
#include "app/control.hpp"
#include "audio/kinds.hpp"
#include "base/file.hpp"
#include "base/spoken_time.hpp"
#include "podcast/publishing/cover.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <iostream>
#include <optional>
#include <thread>

namespace carillon::app {
namespace json = boost::json;
using http::Method;

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{200};
/// A server that restarts meanwhile goes on with the job by itself: keep asking for this long before giving up.
constexpr std::chrono::seconds kPatienceForServer{60};

/// Waits until the job is done or failed; a failed one is an Error with its reason.
Result<> wait_for(Control& control, const std::string& job, ProgressBar& bar) {
  auto silent_since = std::chrono::steady_clock::now();
  TimeLeft time_left;
  double reached = 0;
  while (true) {
    const auto answer = control.call(Method::get, "/jobs/" + job);
    if (!answer) {
      const bool may_come_back =
          answer.error().kind == ErrorKind::unavailable && std::chrono::steady_clock::now() - silent_since < kPatienceForServer;
      if (!may_come_back) return std::unexpected(answer.error());
    } else {
      silent_since = std::chrono::steady_clock::now();
      const auto state = text_of(*answer, "state");
      // Between two tries it says why the last one failed.
      const auto doing = text_of(*answer, "doing"), trouble = text_of(*answer, "error");
      // A job that is tried again begins at 0 again; the bar waits for it.
      reached = std::max(reached, answer->at("progress").to_number<double>());
      const auto left = state == "running" ? time_left.after(reached) : std::nullopt;
      const auto label = left ? doing + ", " + span_text(*left) + " left" : doing;
      bar.draw(reached, state == "waiting" && !trouble.empty() ? "waiting: " + trouble : label);
      if (state == "done") return {};
      if (state == "failed") return fail(ErrorKind::invalid, text_of(*answer, "error"));
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

/// As the server will, once it has the first bytes.
Result<> check_recording(const std::filesystem::path& file) {
  const auto descriptor = open_file(file, O_RDONLY);
  if (!descriptor) return std::unexpected(descriptor.error());
  std::array<std::byte, audio::kSniffed> beginning{};
  const ssize_t got = read(descriptor->get(), beginning.data(), beginning.size());
  if (got < 0) return fail_errno("read", file.string(), errno);
  if (auto taken = audio::check_recording_kind(std::span{beginning}.first(static_cast<std::size_t>(got))); !taken)
    return fail(ErrorKind::invalid, file.string() + ": " + taken.error().message);
  return {};
}

/// As the server will.
Result<> check_picture(const std::filesystem::path& file, const std::optional<std::string>& fit) {
  std::error_code wrong;
  if (const ByteCount size{std::filesystem::file_size(file, wrong)}; !wrong && size > podcast::kLargestPicture)
    return fail(ErrorKind::too_large,
                file.string() + " is " + to_human(size) + "; a cover can be at most " + to_human(podcast::kLargestPicture) + ".");
  const auto bytes = read_file(file);
  if (!bytes) return std::unexpected(bytes.error());
  if (const auto good = podcast::check_cover(*bytes, fit ? podcast::CoverFit::cropped : podcast::CoverFit::as_it_is); !good)
    return std::unexpected(good.error());
  return {};
}

Result<std::string> upload(Control& control, const std::filesystem::path& file, ProgressBar& bar) {
  TimeLeft time_left;
  return control.upload(file, [&](ByteCount sent, ByteCount whole) {
    const double done = whole.value == 0 ? 0 : static_cast<double>(sent.value) / static_cast<double>(whole.value);
    const auto left = time_left.after(done);
    bar.draw(done, "uploading, " + to_human(sent) + " of " + to_human(whole) + (left ? ", " + span_text(*left) + " left" : ""));
  });
}

}  // namespace

Result<> process_again(const Context& context, const std::string& id) {
  Control control{context.data, context.remote};
  const auto job = control.call(Method::post, "/episodes/" + id + "/audio/again");
  if (!job) return std::unexpected(job.error());
  ProgressBar bar;
  if (const auto done = wait_for(control, text_of(*job, "id"), bar); !done) return done;
  return print_episode(context, id);
}

Result<> set_audio(const Context& context, const std::string& id, const std::filesystem::path& file) {
  Control control{context.data, context.remote};
  if (const auto known = control.call(Method::get, "/episodes/" + id); !known) return std::unexpected(known.error());
  ProgressBar bar;
  const auto uploaded = upload(control, file, bar);
  if (!uploaded) return std::unexpected(uploaded.error());
  const json::object attach{{"upload", *uploaded}};
  const auto job = control.call(Method::put, "/episodes/" + id + "/audio", &attach);
  if (!job) return std::unexpected(job.error());
  if (const auto done = wait_for(control, text_of(*job, "id"), bar); !done) return done;
  const auto episode = control.call(Method::get, "/episodes/" + id);
  if (!episode) return std::unexpected(episode.error());
  bar.draw(1, text_of(*episode, "state"));
  print_episode(context, *episode);
  return {};
}

Result<> publish_recording(const Context& context, const PublishWish& name_options) {
  Control control{context.data, context.remote};
  // Cheap refusals come before gigabytes are sent.
  const auto show = control.call(Method::get, "/shows/" + name_options.show);
  if (!show) return std::unexpected(show.error());
  const auto fields = document_of(name_options.fields);
  if (!fields) return std::unexpected(fields.error());
  if (name_options.at && !parse_rfc3339(*name_options.at))
    return fail(ErrorKind::invalid,
                "--at “" + *name_options.at + "” isn't a date and time with an offset, e.g. 2026-12-24T18:00:00+01:00.");

  if (name_options.fields.image) {
    if (auto good = check_picture(*name_options.fields.image, name_options.fields.fit); !good) return good;
  }

  if (auto good = check_recording(name_options.file); !good) return good;

  ProgressBar bar;
  const auto uploaded = upload(control, name_options.file, bar);
  if (!uploaded) return std::unexpected(uploaded.error());

  const auto episode = control.call(Method::post, "/shows/" + name_options.show + "/episodes", &*fields);
  if (!episode) return std::unexpected(episode.error());
  const auto id = text_of(*episode, "id");
  if (name_options.fields.image) {
    if (const auto covered = set_cover(control, id, name_options.fields); !covered)
      return fail(covered.error().kind, covered.error().message + " The episode " + id +
                                            " was saved as a draft; to delete it: `carillon episode delete " + id + "`.");
  }
  const json::object attach{{"upload", *uploaded}};
  const auto job = control.call(Method::put, "/episodes/" + id + "/audio", &attach);
  if (!job) return std::unexpected(job.error());
  if (!name_options.draft) {
    json::object when;
    if (name_options.at) when["at"] = *name_options.at;
    // Said before the audio is ready: the server then publishes by itself, whatever becomes of this command.
    if (const auto published = control.call(Method::post, "/episodes/" + id + "/publish", &when); !published) {
      // A recording that can't be used may have failed already; then its reason is the one to show.
      const auto processed = control.call(Method::get, "/jobs/" + text_of(*job, "id"));
      if (!processed || text_of(*processed, "state") != "failed") return std::unexpected(published.error());
    }
  }
  if (const auto done = wait_for(control, text_of(*job, "id"), bar); !done)
    return fail(done.error().kind,
                done.error().message + " The episode " + id + " was saved as a draft; to delete it: `carillon episode delete " + id + "`.");

  const auto finished = control.call(Method::get, "/episodes/" + id);
  if (!finished) return std::unexpected(finished.error());
  bar.draw(1, text_of(*finished, "state"));
  print_episode(context, *finished);
  return {};
}

}  // namespace carillon::app
