"""A Java that works, for a user who can do nothing else."""

from __future__ import annotations

from testinfra.host import Host

SERVICE = r"""
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.*;
public class Service {
    public static void main(String[] arguments) throws Exception {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = "golden".getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        var at = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        var answer = HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(at).build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
        server.stop(0);
    }
}
"""
LOCALE = r"""
import java.time.*;
import java.time.format.*;
public class Locale {
    public static void main(String[] arguments) {
        var noon = Instant.parse("2026-07-01T12:00:00Z");
        var berlin = ZonedDateTime.ofInstant(noon, ZoneId.of("Europe/Berlin"));
        var form = DateTimeFormatter.ofPattern("MMMM H z", java.util.Locale.GERMAN);
        System.out.println(berlin.format(form));
    }
}
"""


def java(host: Host, name: str, source: str) -> str:
    """Runs a source file as it is: the run-time environment brings the compiler for that."""
    host.check_output(f"printf %%s %s >/tmp/{name}.java", source)
    return str(host.check_output(f"java /tmp/{name}.java"))


def test_user_is_not_root(host: Host) -> None:
    assert host.check_output("id -u; id -g; id -Gn").split() == ["10001", "10001", "app"]


def test_version_is_the_suites(host: Host) -> None:
    assert 'version "21.' in host.run("java -version").stderr


def test_http_answers_on_loopback(host: Host) -> None:
    assert java(host, "Service", SERVICE) == "golden"


def test_languages_and_time_zones_are_whole(host: Host) -> None:
    assert java(host, "Locale", LOCALE) == "Juli 14 MESZ"


def test_heap_follows_the_containers_memory(host: Host) -> None:
    flags = host.check_output("java -XX:+PrintFlagsFinal -version 2>/dev/null | grep UseContainerSupport")
    assert flags.split()[3] == "true"


def test_trust_anchors_are_the_systems(host: Host) -> None:
    """Read without a password, as every program reads them; their format holds no time of a build."""
    listed = host.check_output("keytool -list -cacerts 2>/dev/null")
    assert "Keystore type: PKCS12" in listed
    count = host.check_output("grep -c BEGIN /etc/ssl/certs/ca-certificates.crt")
    assert f"{count} entries" in listed
    assert int(count) > 100


def test_no_development_kit_is_here(host: Host) -> None:
    for name in ("javac", "jshell", "jar", "mvn", "gcc"):
        assert not host.exists(name), name


def test_every_package_is_whole(host: Host) -> None:
    assert host.check_output("dpkg --audit") == ""


def test_no_program_changes_its_user(host: Host) -> None:
    assert host.check_output("find / -xdev -type f -perm /6000 2>/dev/null; :") == ""


def test_nothing_is_left_of_the_installation(host: Host) -> None:
    found = host.check_output(
        "find /var/lib/apt/lists /var/cache/apt /var/log /var/tmp -type f -size +0 2>/dev/null; :"
    )
    assert found == ""
