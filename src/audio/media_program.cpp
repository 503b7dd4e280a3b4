// Spawning carillon-media, talking to it, and burying it.

#include "audio/media_program.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "media/protocol/protocol.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

extern "C" {  // glibc 2.36's header does not say so itself
#include <sys/pidfd.h>
}

namespace carillon::audio {
namespace {

namespace protocol = media::protocol;

/// What a dying program had to say: its last words are enough.
constexpr std::size_t kLastWords = 2'000;
/// A program that has hung up is about to end; one that does not must not hold us up.
constexpr std::chrono::seconds kGrace{2};
/// Nothing of the environment, with whatever secrets it holds, goes to the program that reads foreign bytes; but sanitizers and coverage
/// are steered by it.
#ifdef CARILLON_INSTRUMENTED
constexpr std::array<const char*, 4> kPassedOn{"LLVM_PROFILE_FILE", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"};
#else
constexpr std::array<const char*, 0> kPassedOn{};
#endif
/// Whoever writes more to standard error than this has nothing to say.
constexpr std::size_t kMaxWords = 1 << 20;
/// Between two pieces of progress that are passed on, unless it has moved on by kProgressStep: messages cost their sender less than us.
constexpr std::chrono::milliseconds kProgressPause{200};
constexpr double kProgressStep = 0.001;
/// A promise counts what the headers say; decoders add a little at the ends, and where a file is damaged.
constexpr std::chrono::seconds kPromiseSlack{10};
constexpr int kPromiseSlackPart = 20;  // of its length

/// A running program that is killed and reaped at the latest when this goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) noexcept : pid_{pid} {}
  Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, -1)} {}
  Child& operator=(Child&&) = delete;
  ~Child() { (void)end(std::chrono::milliseconds{0}); }
  struct End {
    int signal = 0;   ///< 0: none
    std::string how;  ///< "exited with status 1", "was killed by signal 9 (Killed)"
  };
  /// Blocks until it has ended, which it is made to after `grace`.
  End end(std::chrono::milliseconds grace) {
    const pid_t pid = std::exchange(pid_, -1);
    if (pid < 0) return {0, "exited"};
    if (const FileDescriptor handle{pidfd_open(pid, 0)}; handle && grace.count() > 0) {
      pollfd polled{handle.get(), POLLIN, 0};
      (void)poll(&polled, 1, static_cast<int>(grace.count()));
    }
    kill(pid, SIGKILL);
    int status = 0;
    pid_t waited;
    do waited = waitpid(pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    if (waited < 0) return {0, "exited"};
    if (WIFSIGNALED(status)) {
      const char* name = sigdescr_np(WTERMSIG(status));
      return {WTERMSIG(status), fmt::format("was killed by signal {} ({})", WTERMSIG(status), name != nullptr ? name : "unknown")};
    }
    return {0, fmt::format("exited with status {}", WEXITSTATUS(status))};
  }

 private:
  pid_t pid_;
};

/// posix_spawn's list of what happens to descriptors between fork and exec.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// The child starts with no signal blocked or ignored, whatever the thread that spawns it does.
class SpawnAttributes {
 public:
  SpawnAttributes() { posix_spawnattr_init(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  int unblock_signals() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(&attributes_, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes_, &all);
    return error != 0 ? error : posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  posix_spawnattr_t* get() noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

Result<Child> spawn(const std::filesystem::path& program, int control, int words) {
  FileActions actions;
  int error = posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (error == 0) error = posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // The first dup2 would overwrite the second's source if that were 2, so the caller has copied both out of the way.
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions.get(), words, STDERR_FILENO);
  if (error == 0) error = posix_spawn_file_actions_adddup2(actions.get(), control, protocol::kControlDescriptor);
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(actions.get(), protocol::kControlDescriptor + 1);
  SpawnAttributes attributes;
  if (error == 0) error = attributes.unblock_signals();
  if (error != 0) return fail_errno("start", program.string(), error);

  std::vector<std::string> forward_error;
  for (const char* name : kPassedOn) {
    if (const char* value = std::getenv(name); value != nullptr) forward_error.push_back(fmt::format("{}={}", name, value));
  }
  std::vector<char*> environment;
  for (auto& variable : forward_error) environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string name = program.filename().string();
  std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t pid = -1;
  error = posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(), environment.data());
  if (error != 0) {
    auto failure = fail_errno("start", program.string(), error);
    failure.error().kind = ErrorKind::unavailable;  // a program that is not there is the operator's to mend, not the uploader's
    return failure;
  }
  return Child{pid};
}

/// A copy of `descriptor` that is none of those the program's standard streams and control socket will stand on.
Result<FileDescriptor> out_of_the_way(int descriptor) {
  FileDescriptor copy{fcntl(descriptor, F_DUPFD_CLOEXEC, protocol::kControlDescriptor + 1)};
  if (!copy) return fail_errno("duplicate a file descriptor for", "carillon-media", errno);
  return copy;
}

/// One conversation with one program.
class Conversation {
 public:
  /// `what` is worked on: "recording", "image".
  static Result<Conversation> begin(const std::filesystem::path& program, const protocol::Allowance& allowance, std::string_view what) {
    auto sockets = protocol::make_socket_pair();
    if (!sockets) return forward_error(sockets);
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("create a pipe for", "carillon-media", errno);
    FileDescriptor words{pipe_ends[0]}, words_end{pipe_ends[1]};
    auto theirs = out_of_the_way(sockets->theirs.get());
    if (!theirs) return forward_error(theirs);
    auto their_words = out_of_the_way(words_end.get());
    if (!their_words) return forward_error(their_words);
    auto child = spawn(program, theirs->get(), their_words->get());
    if (!child) return forward_error(child);
    return Conversation{std::move(*child), std::move(sockets->ours), std::move(words), allowance, what};
  }

  [[nodiscard]] int socket() const noexcept { return socket_.get(); }

  /// The next reply; `unavailable` when there is none within `limit`, or the program has ended, or takes longer than it may.
  Result<protocol::Reply> next(std::chrono::milliseconds limit) {
    const auto now = std::chrono::steady_clock::now();
    const auto last = begun_ + allowance_.time;
    if (now >= last) return endless();
    const auto deadline = std::min(now + limit, last);
    for (;;) {
      std::array<pollfd, 2> polled{pollfd{socket_.get(), POLLIN, 0}, pollfd{words_.get(), POLLIN, 0}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return deadline == last ? endless() : silent(limit);
      const int ready = poll(polled.data(), polled.size(), static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR) return fail_errno("wait for", "carillon-media", errno);
      if (ready <= 0) continue;
      if (polled[1].revents != 0) listen();
      if (polled[0].revents == 0) continue;
      // A program that does not speak our language is as good as none.
      auto message = protocol::receive(socket_.get());
      if (!message) return nonsense(message.error());
      if (!*message) return ended();
      auto reply = protocol::parse_reply((*message)->text);
      if (!reply) return nonsense(reply.error());
      return reply;
    }
  }

  /// The program has closed its end: the error that tells why.
  std::unexpected<Error> ended() {
    const auto end = child_.end(kGrace);
    listen();
    constexpr std::string_view kAdvice =
        "The file is damaged, or was crafted to attack this server. Export it again from the original, and tell the operator if that "
        "doesn't help.";
    switch (end.signal) {
      case SIGSYS:
        return fail(ErrorKind::invalid,
                    fmt::format("Decoding this {} was stopped because of a forbidden system call{}. {}", what_, last_words(), kAdvice));
      case SIGXCPU:
        return fail(ErrorKind::invalid,
                    fmt::format("Decoding this {} was stopped: it took more than {} s of processor time, the limit for its length. {}",
                                what_, allowance_.processor_time.count(), kAdvice));
      case SIGXFSZ:
        return fail(ErrorKind::invalid,
                    fmt::format("Decoding this {} was stopped: the result was larger than {}, the maximum for its length. {}", what_,
                                to_human(allowance_.output), kAdvice));
      default:
        return fail(ErrorKind::unavailable, fmt::format("carillon-media {} before it finished{}", end.how, last_words()));
    }
  }

 private:
  Conversation(Child child, FileDescriptor socket, FileDescriptor words, const protocol::Allowance& allowance, std::string_view what)
      : child_{std::move(child)}, socket_{std::move(socket)}, words_{std::move(words)}, allowance_{allowance}, what_{what} {}

  /// Takes in what the program has written to its standard error so far.
  void listen() {
    std::array<char, 4096> buffer;
    // Not for ever: a program that writes faster than it is heard must not keep us from looking at the clock.
    for (int pieces = 0; pieces < 16; ++pieces) {
      const ssize_t got = words_ ? read(words_.get(), buffer.data(), buffer.size()) : 0;
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return words_.reset();  // poll(2) passes over -1
      said_.append(buffer.data(), static_cast<std::size_t>(got));
      if (said_.size() > kLastWords) said_.erase(0, said_.size() - kLastWords);
      heard_ += static_cast<std::size_t>(got);
      if (heard_ > kMaxWords) return words_.reset();
    }
  }

  std::string last_words() const {
    const auto words = clean_for_xml(trimmed(said_));
    return words.empty() ? std::string{} : ": " + words;
  }

  std::unexpected<Error> silent(std::chrono::milliseconds limit) {
    listen();
    return fail(ErrorKind::unavailable, fmt::format("carillon-media sent nothing for {} s and was stopped{}",
                                                    std::chrono::duration<double>(limit).count(), last_words()));
  }

  static std::unexpected<Error> nonsense(const Error& error) { return fail(ErrorKind::unavailable, error.message); }

  std::unexpected<Error> endless() {
    listen();
    return fail(ErrorKind::unavailable,
                fmt::format("carillon-media ran for {} s, longer than a file like this should take, and was stopped{}",
                            allowance_.time.count(), last_words()));
  }

  Child child_;
  FileDescriptor socket_;
  FileDescriptor words_;
  protocol::Allowance allowance_;
  std::string_view what_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  std::string said_;
  std::size_t heard_ = 0;
};

/// How much shorter than its promise a recording may turn out: decoders cut off a little at both ends.
constexpr std::chrono::seconds kLengthSlack{1};
constexpr int kLengthTolerancePart = 100;  // of its length
/// What is lost of a recording is worth a word from here on: seconds.
constexpr double kLossWorthSaying = 0.05;

std::string length_text(std::chrono::microseconds length) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(length).count();
  return seconds >= 3600 ? fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
                         : fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

protocol::MasterRequest request_for(const Promise& promise, Format format, const MasterSettings& settings = {}) {
  const auto longest = promise.duration + promise.duration / kPromiseSlackPart + kPromiseSlack;
  return {.bitrate = format.bitrate,
          .channels = format.channels,
          .sample_rate = format.sample_rate,
          .loudness = settings.loudness.value_or(settings.usual_loudness),
          .true_peak = settings.true_peak,
          .level = settings.loudness.has_value(),
          .longest = std::min<std::chrono::microseconds>(longest, protocol::kLongestRecording)};
}

/// What was made must be what was asked for; a program that was taken over may say anything.
Result<> check_made(const protocol::MasterDone& done, const protocol::MasterRequest& request, const Promise& promise, int target) {
  const off_t length = lseek(target, 0, SEEK_END);
  if (length < 0) return fail_errno("read", "the master", errno);
  if (promise.exact && done.duration + kLengthSlack < promise.duration - promise.duration / kLengthTolerancePart)
    return fail(ErrorKind::invalid,
                fmt::format("This recording should last {}, but only {} of it can be decoded. Export or upload it again.",
                            length_text(promise.duration), length_text(done.duration)));
  if (done.duration > request.longest || static_cast<std::uint64_t>(length) > protocol::allowance_of(request).output.value)
    return fail(ErrorKind::unavailable, "carillon-media produced more audio than the recording contains");
  return {};
}

std::unexpected<Error> wrong_answer() {
  return fail(ErrorKind::unavailable, "carillon-media returned a result that doesn't match the request");
}

/// A file of ours begins with these; whatever else a program that was taken over wrote is not served.
bool begins_as(std::span<const std::byte> bytes, protocol::PictureFormat format) {
  const auto text = as_text(bytes.first(std::min<std::size_t>(bytes.size(), 12)));
  if (format == protocol::PictureFormat::jpeg) return text.starts_with("\xFF\xD8\xFF");
  return text.size() == 12 && text.starts_with("RIFF") && text.ends_with("WEBP");
}

/// Cuts what was written into its files.
Result<std::vector<PictureFile>> files_of(const protocol::PictureDone& done, PictureLimits limits, int target) {
  if (done.side < limits.smallest || done.side > limits.largest || done.files.empty() || done.files.front().side != done.side ||
      done.files.front().format != protocol::PictureFormat::jpeg)
    return wrong_answer();
  std::vector<PictureFile> files;
  off_t at = 0;
  for (const auto& [side, format, length] : done.files) {
    PictureFile file{
        .side = side, .media_type = format == protocol::PictureFormat::jpeg ? "image/jpeg" : "image/webp", .bytes = Bytes(length.value)};
    for (std::size_t filled = 0; filled < file.bytes.size();) {
      const ssize_t got = pread(target, file.bytes.data() + filled, file.bytes.size() - filled, at + static_cast<off_t>(filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read", "the picture", errno);
      if (got == 0) return wrong_answer();
      filled += static_cast<std::size_t>(got);
    }
    at += static_cast<off_t>(length.value);
    if (!begins_as(file.bytes, format)) return wrong_answer();
    files.push_back(std::move(file));
  }
  return files;
}

/// A second of silence.
std::string silence() {
  constexpr std::uint32_t kRate = 44'100, kSize = kRate * 2;
  std::string file = "RIFF";
  const auto add = [&](std::uint32_t number, int size) {
    for (int i = 0; i < size; ++i) file += static_cast<char>(number >> (8 * i) & 0xFF);
  };
  add(kSize + 36, 4);
  file += "WAVEfmt ";
  add(16, 4);
  add(1, 2);  // PCM
  add(1, 2);  // channel
  add(kRate, 4);
  add(kRate * 2, 4);  // bytes a second
  add(2, 2);          // bytes a frame
  add(16, 2);         // bits
  file += "data";
  add(kSize, 4);
  return file + std::string(kSize, '\0');
}

}  // namespace

ByteCount room_for_master(const Promise& promise, Format format) noexcept {
  return protocol::allowance_of(request_for(promise, format)).output;
}

struct MediaProgram::Work {
  int source;
  int target;
  protocol::Request request;
  std::string_view what;
  const std::function<bool(double, std::string_view)>& progress;
  std::vector<ConfinementLayer>* layers = nullptr;  ///< gets them where somebody wants them
};

Result<protocol::Reply> MediaProgram::carry_out(const Work& work) const {
  auto conversation = Conversation::begin(program_, protocol::allowance_of(work.request), work.what);
  if (!conversation) return forward_error(conversation);
  // A program that died at once is better described by how it ended than by the broken pipe.
  if (auto sent = protocol::send(conversation->socket(), protocol::to_json(work.request), std::array{work.source, work.target}); !sent) {
    return sent.error().kind == ErrorKind::internal ? forward_error(sent) : conversation->ended();
  }
  bool confined = false;
  double fraction = -1;
  std::chrono::steady_clock::time_point passed_on_at{};
  for (;;) {
    auto reply = conversation->next(quiet_limit_);
    if (!reply) {
      // Before it was confined it had read nothing of the recording.
      if (!confined && reply.error().kind == ErrorKind::invalid) reply.error().kind = ErrorKind::unavailable;
      return forward_error(reply);
    }
    if (auto* error = std::get_if<Error>(&*reply)) return std::unexpected(std::move(*error));
    if (auto* layers = std::get_if<protocol::Confined>(&*reply); layers != nullptr && !confined) {
      confined = true;
      if (work.layers != nullptr) {
        for (auto& layer : layers->layers) work.layers->push_back({std::move(layer.name), std::move(layer.missing)});
      }
      continue;
    }
    if (!confined || std::holds_alternative<protocol::Confined>(*reply))
      return fail(ErrorKind::unavailable, "carillon-media didn't report its sandbox before it started");
    if (!std::holds_alternative<protocol::Progress>(*reply)) return reply;
    const auto& now = std::get<protocol::Progress>(*reply);
    const auto moment = std::chrono::steady_clock::now();
    if (now.fraction < fraction + kProgressStep && moment < passed_on_at + kProgressPause) continue;
    fraction = now.fraction;
    passed_on_at = moment;
    if (work.progress && !work.progress(now.fraction, now.doing)) return fail(ErrorKind::unavailable, "processing was canceled");
  }
}

Result<Promise> MediaProgram::read_promise(int source, const std::function<bool(double, std::string_view)>& progress) const {
  auto own = audio::read_promise(source);
  if (!own) return forward_error(own);
  if (*own) return std::move(**own);
  const FileDescriptor target{memfd_create("nothing", MFD_CLOEXEC)};
  if (!target) return fail_errno("create an in-memory file for", "carillon-media", errno);
  auto reply =
      carry_out({.source = source, .target = target.get(), .request = protocol::ProbeRequest{}, .what = "recording", .progress = progress});
  if (!reply) return forward_error(reply);
  auto* probed = std::get_if<protocol::ProbeDone>(&*reply);
  if (probed == nullptr) return wrong_answer();
  Promise promise{.duration = probed->duration, .missing = probed->missing};
  promise.tags = {.title = clean_file_tag(probed->tags.title),
                  .artist = clean_file_tag(probed->tags.artist),
                  .album = clean_file_tag(probed->tags.album),
                  .date = clean_file_tag(probed->tags.date)};
  for (auto& chapter : probed->chapters)
    promise.chapters.push_back({.start = std::chrono::floor<std::chrono::milliseconds>(chapter.start), .title = std::move(chapter.title)});
  return promise;
}

Result<MasterMade> MediaProgram::make_master(int source, int target, Format format, const Promise& promise,
                                             const std::function<bool(double, std::string_view)>& progress,
                                             const MasterSettings& settings) const {
  return make(source, target, request_for(promise, format, settings), promise, progress);
}

Result<MasterMade> MediaProgram::measure(int source, const Promise& promise, const std::function<bool(double, std::string_view)>& progress,
                                         const MasterSettings& settings) const {
  const FileDescriptor target{memfd_create("nothing", MFD_CLOEXEC)};
  if (!target) return fail_errno("create an in-memory file for", "carillon-media", errno);
  auto request = request_for(promise, {}, settings);
  request.encode = false;
  return make(source, target.get(), request, promise, progress);
}

Result<MasterMade> MediaProgram::make(int source, int target, const protocol::MasterRequest& request, const Promise& promise,
                                      const std::function<bool(double, std::string_view)>& progress) const {
  auto reply = carry_out({.source = source, .target = target, .request = request, .what = "recording", .progress = progress});
  if (!reply) return forward_error(reply);
  auto* done = std::get_if<protocol::MasterDone>(&*reply);
  if (done == nullptr) return wrong_answer();
  if (auto good = check_made(*done, request, promise, target); !good) return forward_error(good);
  auto findings = std::move(done->findings);
  const double missing = std::chrono::duration<double>(promise.missing).count();
  if (missing >= kLossWorthSaying) findings.push_back({protocol::Finding::Kind::lost, missing});
  return MasterMade{.duration = done->duration,
                    .source_loudness = done->source_loudness,
                    .loudness = done->loudness,
                    .true_peak = done->true_peak,
                    .loudness_range = done->loudness_range,
                    .has_picture = done->has_picture,
                    .speech_share = done->speech_share < 0 ? std::nullopt : std::optional{done->speech_share},
                    .silences = std::move(done->silences),
                    .findings = std::move(findings),
                    .peaks = std::move(done->peaks)};
}

Result<std::vector<PictureFile>> MediaProgram::make_picture(int source, PictureLimits limits) const {
  const FileDescriptor target{memfd_create("picture", MFD_CLOEXEC)};
  if (!target) return fail_errno("create an in-memory file for", "carillon-media", errno);
  const auto reply = carry_out({.source = source,
                                .target = target.get(),
                                .request = protocol::PictureRequest{.smallest = limits.smallest,
                                                                    .largest = limits.largest,
                                                                    .damaged = limits.damaged,
                                                                    .fit = limits.fit,
                                                                    .in_recording = limits.in_recording},
                                .what = "image",
                                .progress = {}});
  if (!reply) return std::unexpected(reply.error());
  const auto* done = std::get_if<protocol::PictureDone>(&*reply);
  if (done == nullptr) return wrong_answer();
  return files_of(*done, limits, target.get());
}

Result<std::vector<ConfinementLayer>> MediaProgram::probe() const {
  const FileDescriptor source{memfd_create("silence", MFD_CLOEXEC)}, target{memfd_create("master", MFD_CLOEXEC)};
  const auto recording = silence();
  if (!source || !target) return fail_errno("create an in-memory file for", "carillon-media", errno);
  if (auto written = write_all(source.get(), as_bytes(recording)); !written) return forward_error(written);
  std::vector<ConfinementLayer> layers;
  const auto made = carry_out({.source = source.get(),
                               .target = target.get(),
                               .request = request_for({.duration = std::chrono::seconds{1}}, {}),
                               .what = "recording",
                               .progress = {},
                               .layers = &layers});
  if (!made) return std::unexpected(made.error());
  return layers;
}

}  // namespace carillon::audio
