// SPDX-License-Identifier: GPL-2.0-only
/* The keys of xl.cfg(5): what each may hold, and what each complaint says. */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/domain_config.h"
#include "config/domain_cpus.h"
#include "config/domain_keys.h"
#include "unit.h"
#include "xlctl_config.h"

TEST(defaults)
{
	ASSERT_EQ(load(""), 0);
	EXPECT_STREQ(capture.text, "");
	EXPECT_STREQ(config.name, "d");
	EXPECT_STREQ(config.kernel, "k");
	EXPECT_NULL(config.ramdisk);
	EXPECT_NULL(config.cmdline);
	EXPECT_EQ(config.memory_mib, 64);
	EXPECT_EQ(config.maxmem_mib, 64);
	EXPECT_EQ(config.vcpus, 1);
	EXPECT_EQ(config.max_vcpus, 1);
	EXPECT_EQ(config.populate, DOMAIN_POPULATE_LAZY);
	EXPECT_EQ(config.acpi, 1);
	EXPECT_EQ(config.xen_leaves, 1);
	EXPECT_EQ(config.serial, DOMAIN_SERIAL_NONE);
	EXPECT_EQ(config.nr_modules, 0);
	EXPECT_EQ(config.nomigrate, 0);
	EXPECT_EQ(config.tsc_mode, DOMAIN_TSC_DEFAULT);
	EXPECT_EQ(config.cpu_weight, 0);
	EXPECT_EQ(config.cap, 0);
	EXPECT_EQ(config.hard.nr, 0);
	EXPECT_EQ(config.cpuid.nr, 0);
	EXPECT_EQ(config.on[DOMAIN_ON_POWEROFF], DOMAIN_ACTION_DESTROY);
	EXPECT_EQ(config.on[DOMAIN_ON_REBOOT], DOMAIN_ACTION_RESTART);
	EXPECT_EQ(config.on[DOMAIN_ON_CRASH], DOMAIN_ACTION_DESTROY);
	EXPECT_EQ(config.on[DOMAIN_ON_WATCHDOG], DOMAIN_ACTION_DESTROY);
	EXPECT_EQ(config.on[DOMAIN_ON_SOFT_RESET], DOMAIN_ACTION_DESTROY);
	EXPECT_EQ(config.max_grant_frames, 64);
	EXPECT_EQ(config.max_maptrack_frames, 1024);
	EXPECT_EQ(config.max_grant_version, 2);
	EXPECT_EQ(config.max_event_channels, 1023);
	EXPECT_FALSE(uuid_is_null(config.uuid));
	domain_config_free(&config);
}

TEST(modules)
{
	ASSERT_EQ(load("modules=['/a', '/b with  two', '/c ']\nxen_leaves=0\nserial='pty'\n"), 0);
	ASSERT_EQ(config.nr_modules, 3);
	EXPECT_STREQ(config.modules[0].path, "/a");
	EXPECT_NULL(config.modules[0].cmdline);
	EXPECT_STREQ(config.modules[1].path, "/b");
	EXPECT_STREQ(config.modules[1].cmdline, "with  two");
	EXPECT_STREQ(config.modules[2].path, "/c");
	EXPECT_NULL(config.modules[2].cmdline);
	EXPECT_EQ(config.xen_leaves, 0);
	EXPECT_EQ(config.serial, DOMAIN_SERIAL_PTY);
	domain_config_free(&config);
	ASSERT_EQ(load("modules='/a b'\n"), 0);
	ASSERT_EQ(config.nr_modules, 1);
	EXPECT_STREQ(config.modules[0].cmdline, "b");
	domain_config_free(&config);
	/* A blank in a path, and a backslash, which need not be written twice. */
	ASSERT_EQ(load("modules=['/my\\\\ kernel\\\\\\\\ x=\\\\ y', '/a\\\\b']\n"), 0);
	EXPECT_STREQ(config.modules[0].path, "/my kernel\\");
	EXPECT_STREQ(config.modules[0].cmdline, "x=\\ y");
	EXPECT_STREQ(config.modules[1].path, "/a\\b");
	domain_config_free(&config);
	expect_good("modules=[]");
	expect_good("modules=''");
	expect_invalid("modules=[' /a']", "modules=[\" /a\"]: expected \"FILE\" or \"FILE ARGUMENTS\"");
	expect_invalid("modules=[['/a']]", "modules=[[\"/a\"]]: expected a list of strings");
	expect_invalid("modules=['a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a','a']",
		       "modules=[\"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\", \"a\",...: more than 16 files");
}

/* A crash kernel in a guest ends it by a soft reset. */
TEST(soft_reset_follows_crash)
{
	ASSERT_EQ(load("on_crash='preserve'\n"), 0);
	EXPECT_EQ(config.on[DOMAIN_ON_SOFT_RESET], DOMAIN_ACTION_PRESERVE);
	domain_config_free(&config);
	ASSERT_EQ(load("on_crash='preserve'\non_soft_reset='destroy'\n"), 0);
	EXPECT_EQ(config.on[DOMAIN_ON_SOFT_RESET], DOMAIN_ACTION_DESTROY);
	domain_config_free(&config);
}

TEST(all_keys)
{
	static const uuid_t uuid = { 0x5b, 0xc5, 0xd6, 0x7a, 0x7e, 0xf1, 0x4c, 0x62,
				     0x9b, 0xd1, 0x7d, 0x6f, 0x0c, 0x4f, 0x3c, 0x5e };

	ASSERT_EQ(load("uuid='5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e'\ntype='pvh'\nramdisk='r'\n"
		       "cmdline='a b'\nmemory=0x100\nmaxmem='256'\nvcpus=2\nmaxvcpus=4\n"
		       "populate='eager'\nacpi=0\nnomigrate=1\ntsc_mode='native'\ncpu_weight=512\n"
		       "cap=150\ncpuid='host,tsc=0'\non_poweroff='preserve'\n"
		       "on_reboot='rename-restart'\non_crash='restart'\non_watchdog='preserve'\n"
		       "on_soft_reset='restart'\nmax_grant_frames=128\nmax_maptrack_frames=2048\n"
		       "max_grant_version=2\nmax_event_channels=4095\npool='Pool-0'\nhap=1\n"
		       "timer_mode='no_delay_for_missed_ticks'\npassthrough='disabled'\n"
		       "altp2m='disabled'\n"), 0);
	EXPECT_STREQ(capture.text, "");
	EXPECT_MEMEQ(config.uuid, uuid, sizeof(uuid));
	EXPECT_STREQ(config.ramdisk, "r");
	EXPECT_STREQ(config.cmdline, "a b");
	EXPECT_EQ(config.memory_mib, 256);
	EXPECT_EQ(config.maxmem_mib, 256);
	EXPECT_EQ(config.vcpus, 2);
	EXPECT_EQ(config.max_vcpus, 4);
	EXPECT_EQ(config.populate, DOMAIN_POPULATE_EAGER);
	EXPECT_EQ(config.acpi, 0);
	EXPECT_EQ(config.nomigrate, 1);
	EXPECT_EQ(config.tsc_mode, DOMAIN_TSC_NATIVE);
	EXPECT_EQ(config.cpu_weight, 512);
	EXPECT_EQ(config.cap, 150);
	EXPECT_EQ(config.cpuid.nr, 1);
	EXPECT_EQ(config.on[DOMAIN_ON_POWEROFF], DOMAIN_ACTION_PRESERVE);
	EXPECT_EQ(config.on[DOMAIN_ON_REBOOT], DOMAIN_ACTION_RENAME_RESTART);
	EXPECT_EQ(config.on[DOMAIN_ON_CRASH], DOMAIN_ACTION_RESTART);
	EXPECT_EQ(config.on[DOMAIN_ON_WATCHDOG], DOMAIN_ACTION_PRESERVE);
	EXPECT_EQ(config.on[DOMAIN_ON_SOFT_RESET], DOMAIN_ACTION_RESTART);
	EXPECT_EQ(config.max_grant_frames, 128);
	EXPECT_EQ(config.max_maptrack_frames, 2048);
	EXPECT_EQ(config.max_grant_version, 2);
	EXPECT_EQ(config.max_event_channels, 4095);
	domain_config_free(&config);
}

TEST(missing_keys)
{
	struct cfg *cfg;

	capture_init(&capture);
	cfg = cfg_new(&capture.diag);
	EXPECT_EQ(domain_config_load(&config, cfg, "d.cfg"), -EINVAL);
	EXPECT_STREQ(capture.text,
		     "d.cfg: name= is missing: a domain needs a name\n"
		     "d.cfg: kernel= is missing: a PVH domain boots from a kernel image\n"
		     "d.cfg: memory= is missing: a domain needs memory, in MiB\n");
	domain_config_free(&config);
	cfg_free(cfg);

	expect("kernel=''", -EINVAL,
	       "d.cfg: kernel= is missing: a PVH domain boots from a kernel image\n");
}

TEST(numbers)
{
	expect_invalid("memory=\"256MB\"", "memory=\"256MB\": expected a number of MiB");
	expect_invalid("memory=[1]", "memory=[1]: expected a number of MiB");
	expect_invalid("memory='-1'", "memory=\"-1\": expected a number of MiB");
	expect_invalid("memory=''", "memory=\"\": expected a number of MiB");
	expect_invalid("memory=08", "memory=08: expected a number of MiB");
	expect_invalid("memory=99999999999999999999",
		       "memory=99999999999999999999: expected a number of MiB");
	expect_invalid("memory=0", "memory=0: expected a number of MiB from 1 to 16777216");
	expect_invalid("memory=16777217",
		       "memory=16777217: expected a number of MiB from 1 to 16777216");
	expect_invalid("memory+=1", "memory=\"641\": numbers cannot be added with +=");
	expect_invalid("vcpus=0", "vcpus=0: expected a number of vCPUs from 1 to 128");
	expect_invalid("vcpus=129", "vcpus=129: expected a number of vCPUs from 1 to 128");
	expect_invalid("maxvcpus='x'", "maxvcpus=\"x\": expected a number of vCPUs");
	expect_invalid("maxvcpus=2\nvcpus=3", "maxvcpus=2: less than vcpus=3");
	expect_invalid("maxmem=32", "maxmem=32: less than memory=64");
	expect_good("maxmem=64");
	expect_good("maxmem=65");
	expect_invalid("cpu_weight=0", "cpu_weight=0: expected a weight from 1 to 65535");
	expect_invalid("cap='half'", "cap=\"half\": expected a percentage of one CPU");
	expect_invalid("cap=101", "cap=101: 1 vCPUs can use at most 100");
	expect_invalid("cap=12801", "cap=12801: expected a percentage of one CPU from 0 to 12800");
	expect_invalid("max_grant_version=3",
		       "max_grant_version=3: expected a grant table version from 1 to 2");
	expect_invalid("max_grant_frames=0",
		       "max_grant_frames=0: expected a number of pages from 1 to 65536");
	expect_invalid("max_event_channels=131072",
		       "max_event_channels=131072: expected a number of event channels from 1 to 131071");
	expect_invalid("acpi='yes'", "acpi=\"yes\": expected 0 or 1");
	expect_invalid("nomigrate=[]", "nomigrate=[]: expected 0 or 1");
}

TEST(strings)
{
	expect_invalid("kernel=['a']", "kernel=[\"a\"]: expected a string");
	expect_invalid("extra=[]", "extra=[]: expected a string");
	expect_invalid("name=''", "name=\"\": expected a name of 1 to 63 bytes");
	expect_invalid("name='a/b'", "name=\"a/b\": a name has neither '/' nor control characters");
	expect_invalid("name='a\\n'", "name=\"a?\": a name has neither '/' nor control characters");
	expect_invalid("name='Domain-0'", "name=\"Domain-0\": this name is reserved for the host");
	expect_invalid("name=['a']", "name=[\"a\"]: expected a name");
	expect_invalid("uuid='1'",
		       "uuid=\"1\": expected a UUID such as 5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e");
	expect_invalid("name=12",
		       "name=12: a name of digits alone would be taken for a domain ID");
	expect_good("name=12ab");
}

TEST(types)
{
	expect_good("type='pvh'");
	expect_refused("type='pv'",
		       "type=\"pv\": PV domains are not supported; a kernel that can boot as PVH needs type=\"pvh\"");
	expect_refused("type='hvm'",
		       "type=\"hvm\": HVM domains are not supported; a kernel that can boot as PVH needs type=\"pvh\" and kernel=");
	expect_invalid("type='pvhx'", "type=\"pvhx\": expected \"pvh\"");
	expect_invalid("type=1", "type=1: expected \"pvh\"");
	expect_refused("builder='hvm'",
		       "builder=\"hvm\": HVM domains are not supported; a kernel that can boot as PVH needs type=\"pvh\" and kernel=");
	expect_refused("builder='generic'",
		       "builder=\"generic\": PV domains are not supported; a kernel that can boot as PVH needs type=\"pvh\"");
	expect_invalid("builder='pvh'", "builder=\"pvh\": expected type=\"pvh\" instead of it");
	expect_warning("builder='generic';type='pvh'", "builder: ignored because of type=");
}

TEST(choices)
{
	expect_invalid("populate='now'", "populate=\"now\": expected \"lazy\" or \"eager\"");
	expect_invalid("on_crash='reboot'",
		       "on_crash=\"reboot\": expected \"destroy\", \"restart\", \"rename-restart\", \"preserve\", \"coredump-destroy\" or \"coredump-restart\"");
	expect_invalid("on_reboot=[]",
		       "on_reboot=[]: expected \"destroy\", \"restart\", \"rename-restart\", \"preserve\", \"coredump-destroy\" or \"coredump-restart\"");
	expect_good("on_crash='coredump-destroy'");
	expect_good("on_watchdog='coredump-restart'");
	expect_refused("on_soft_reset='soft-reset'",
		       "on_soft_reset=\"soft-reset\": soft resets (kexec in a domain) are not supported yet");
	expect_refused("hap=0",
		       "hap=0: domains without EPT (shadow page tables) are not supported");
	expect_refused("passthrough='enabled'",
		       "passthrough=\"enabled\": device passthrough is not supported");
	expect_refused("altp2m='mixed'",
		       "altp2m=\"mixed\": alternate views of memory are not supported");
	expect_refused("pool='mine'",
		       "pool=\"mine\": CPU pools are not supported: there is only \"Pool-0\"");
}

TEST(timers)
{
	expect_refused("tsc_mode='always_emulate'",
		       "tsc_mode=\"always_emulate\": the TSC cannot be emulated yet");
	expect_refused("tsc_mode='native_paravirt'",
		       "tsc_mode=\"native_paravirt\": this mode is gone from Xen, too");
	expect_invalid("tsc_mode='fast'", "tsc_mode=\"fast\": expected \"default\" or \"native\"");
	expect_invalid("tsc_mode=4", "tsc_mode=4: expected \"default\" or \"native\"");
	expect_warning("tsc_mode=2", "tsc_mode: numbers are deprecated, write \"native\"");
	expect_refused("timer_mode='one_missed_tick_pending'",
		       "timer_mode=\"one_missed_tick_pending\": timers never wait for missed ticks");
	expect_invalid("timer_mode='x'", "timer_mode=\"x\": expected \"no_delay_for_missed_ticks\"");
	expect_good("timer_mode=1");
}

static void expect_cmdline(const char *text, const char *cmdline, const char *messages)
{
	EXPECT_EQ(load(text), 0);
	EXPECT_STREQ(config.cmdline, cmdline);
	EXPECT_STREQ(capture.text, messages);
	domain_config_free(&config);
}

TEST(command_lines)
{
	expect_cmdline("root='/dev/xvda1 ro'\nextra='quiet'", "root=/dev/xvda1 ro quiet", "");
	expect_cmdline("root='/dev/xvda1'", "root=/dev/xvda1", "");
	expect_cmdline("extra='console=hvc0'", "console=hvc0", "");
	expect_cmdline("root=''\nextra='quiet'", "quiet", "");
	expect_cmdline("root=''\nextra=''", NULL, "");
	expect_cmdline("cmdline=''", NULL, "");
	expect_cmdline("extra='quiet'\ncmdline='single'\nroot='x'", "single",
		       "d.cfg:6: warning: root: ignored because of cmdline=\n"
		       "d.cfg:4: warning: extra: ignored because of cmdline=\n");
}

TEST(disks)
{
	struct json_object *json, *list;
	const char *text;

	ASSERT_EQ(load("disk=['phy:/dev/vg/d,xvda,w', '/i.iso,raw,xvdb,r']\n"), 0);
	ASSERT_EQ(config.nr_disks, 2);
	EXPECT_STREQ(config.disks[0].target, "/dev/vg/d");
	EXPECT_EQ(config.disks[0].devid, 51712);
	EXPECT_FALSE(config.disks[0].readonly);
	EXPECT_STREQ(config.disks[1].vdev, "xvdb");
	EXPECT_TRUE(config.disks[1].readonly);
	json = domain_config_json(&config);
	ASSERT_TRUE(json_object_object_get_ex(json, "disks", &list));
	text = json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE);
	EXPECT_STREQ(text, "[{\"pdev_path\":\"/dev/vg/d\",\"vdev\":\"xvda\",\"format\":\"raw\",\"readwrite\":1},{\"pdev_path\":\"/i.iso\",\"vdev\":\"xvdb\",\"format\":\"raw\"}]");
	json_object_put(json);
	domain_config_free(&config);
	expect_good("disk=[]");
	expect_good("disk=''");
	expect_good("disk=0");
	expect_invalid("disk='/a,raw,xvda,w'", "disk=\"/a,raw,xvda,w\": expected a list of disks");
	expect_invalid("disk=[['/a,raw,xvda']]", "disk=[[\"/a,raw,xvda\"]]: expected a list of strings");
	expect_invalid("disk=['/a,raw,xvda,rx']", "disk: \"/a,raw,xvda,rx\": access=rx: expected r, ro, w, rw or w!");
	expect_invalid("disk=['/a,raw,xvda','/b,raw,51712']",
		       "disk: \"/b,raw,51712\": there is another disk 51712");
	expect_refused("disk=['qcow2:/a,xvda']",
		       "disk: \"qcow2:/a,xvda\": format=qcow2: only raw disks are served by the kernel; others need QEMU (qdisk), which is not supported yet");
}

TEST(vifs)
{
	struct json_object *json, *list, *mac;
	char first[18];

	ASSERT_EQ(load("vif=['', 'devid=1,bridge=br0', 'mac=00:16:3e:00:00:07,mtu=1400']\n"), 0);
	ASSERT_EQ(config.nr_vifs, 3);
	EXPECT_EQ(config.vifs[0].devid, 0);
	EXPECT_EQ(config.vifs[1].devid, 1);
	EXPECT_STREQ(config.vifs[1].bridge, "br0");
	EXPECT_EQ(config.vifs[2].devid, 2);
	EXPECT_EQ(config.vifs[2].mac[5], 7);
	EXPECT_FALSE(config.vifs[0].has_mac);
	domain_config_choose_macs(&config);
	EXPECT_TRUE(config.vifs[0].has_mac);
	json = domain_config_json(&config);
	ASSERT_TRUE(json_object_object_get_ex(json, "nics", &list));
	EXPECT_EQ(json_object_array_length(list), 3);
	ASSERT_TRUE(json_object_object_get_ex(json_object_array_get_idx(list, 0), "mac", &mac));
	snprintf(first, sizeof(first), "%s", json_object_get_string(mac));
	EXPECT_FALSE(strncmp(first, "00:16:3e:", 9));
	ASSERT_TRUE(json_object_object_get_ex(json_object_array_get_idx(list, 1), "mac", &mac));
	EXPECT_TRUE(strcmp(first, json_object_get_string(mac)));
	json_object_put(json);
	domain_config_free(&config);
	/* Numbers that are given are nobody else's. */
	ASSERT_EQ(load("vif=['', '', 'devid=1']\n"), 0);
	EXPECT_EQ(config.vifs[0].devid, 0);
	EXPECT_EQ(config.vifs[1].devid, 2);
	domain_config_free(&config);
	expect_good("vif=[]");
	expect_good("vif=''");
	expect_good("vif=0");
	expect_good("vif=['bridge=br0,mac=00:16:3e:00:00:01']");
	expect_invalid("vif='bridge=br0'", "vif=\"bridge=br0\": expected a list of network interfaces");
	expect_invalid("vif=[['bridge=br0']]", "vif=[[\"bridge=br0\"]]: expected a list of strings");
	expect_invalid("vif=['mac=01:16:3e:00:00:01']",
		       "vif: \"mac=01:16:3e:00:00:01\": mac=01:16:3e:00:00:01: a multicast address cannot be that of an interface");
	expect_invalid("vif=['devid=1','devid=1']", "vif: \"devid=1\": there is another interface 1");
	expect_good("vif=['script=vif-nat,ip=10.0.0.2,rate=10Mb/s']");
	expect_refused("vif=['script=vif-x']",
		       "vif: \"script=vif-x\": script=vif-x: scripts are not run; vif-bridge, vif-route and vif-nat are built in");
	expect_warning("vif=['model=e1000']",
		       "vif: \"model=e1000\": model=e1000 is ignored: a PVH domain has no emulated network cards");
}

TEST(refused_keys_are_named)
{
	size_t i;

	for (i = 0; i < domain_nr_keys; i++) {
		const struct domain_key *key = &domain_keys[i];
		char text[80], message[160];

		snprintf(text, sizeof(text), "%s='1'", key->name);
		switch (key->kind) {
		case DOMAIN_KEY_REFUSED:
			snprintf(message, sizeof(message), "%s: %s", key->name, key->why);
			expect_refused(text, message);
			snprintf(text, sizeof(text), "%s=[]", key->name);
			expect_good(text);
			snprintf(text, sizeof(text), "%s=0", key->name);
			expect_good(text);
			continue;
		case DOMAIN_KEY_NO_EFFECT:
			snprintf(message, sizeof(message), "%s: ignored: %s", key->name, key->why);
			break;
		case DOMAIN_KEY_HVM:
			snprintf(message, sizeof(message), "%s: ignored, for HVM domains only",
				 key->name);
			break;
		case DOMAIN_KEY_PV:
			snprintf(message, sizeof(message), "%s: ignored, for PV domains only",
				 key->name);
			break;
		case DOMAIN_KEY_ARM:
			snprintf(message, sizeof(message), "%s: ignored, for Arm only",
				 key->name);
			break;
		}
		expect_warning(text, message);
	}
}

TEST(unknown_keys_get_a_hint)
{
	expect_warning("memori=1", "memori: unknown key, ignored; is memory meant?");
	expect_warning("Vcpus=1", "Vcpus: unknown key, ignored; is vcpus meant?");
	expect_warning("dsik=[]", "dsik: unknown key, ignored; is disk meant?");
	expect_warning("completely_different=1", "completely_different: unknown key, ignored");
}

/* Whether the manual has the key, as a word of its own. */
static bool manual_has(const char *keys, const char *key)
{
	char item[80];
	const char *at;

	snprintf(item, sizeof(item), " %s", key);
	for (at = strstr(keys, item); at; at = strstr(at + 1, item))
		if (strchr("\n ", at[strlen(item)]))
			return true;
	return false;
}

TEST(all_keys_are_in_the_manual)
{
	static char keys[32768];
	FILE *file = fopen("tools/xlctl/man/xlctl.cfg.5", "r");
	char line[256];
	size_t i;

	ASSERT_NOT_NULL(file);
	while (fgets(line, sizeof(line), file)) {
		/* The lines that name keys */
		if (!strncmp(line, ".Ic ", 4) || !strncmp(line, ".It Ic ", 7))
			strncat(keys, line, sizeof(keys) - strlen(keys) - 1);
	}
	fclose(file);
	for (i = 0; domain_config_key(i); i++) {
		unit_context("%s", domain_config_key(i));
		EXPECT_TRUE(manual_has(keys, domain_config_key(i)));
	}
	EXPECT_GT(i, 30);
	for (i = 0; i < domain_nr_keys; i++) {
		unit_context("%s", domain_keys[i].name);
		EXPECT_TRUE(manual_has(keys, domain_keys[i].name));
	}
}

TEST(all_errors_in_one_run)
{
	expect("vcpus=0\ndisk=['x']\nmemry=1\non_crash='x'\n", -EINVAL,
	       "d.cfg:4: vcpus=0: expected a number of vCPUs from 1 to 128\n"
	       "d.cfg:5: disk: \"x\": no vdev, such as xvda\n"
	       "d.cfg:6: warning: memry: unknown key, ignored; is memory meant?\n"
	       "d.cfg:7: on_crash=\"x\": expected \"destroy\", \"restart\", \"rename-restart\", \"preserve\", \"coredump-destroy\" or \"coredump-restart\"\n");
}

/* The value at a path of keys and indices, as JSON text. */
static const char *json_at(struct json_object *object, const char *path)
{
	char *words = strdup(path);
	char *save = NULL;
	char *word;

	for (word = strtok_r(words, ".", &save); word && object;
	     word = strtok_r(NULL, ".", &save)) {
		if (json_object_is_type(object, json_type_array))
			object = json_object_array_get_idx(object, (size_t)atoi(word));
		else
			object = json_object_object_get(object, word);
	}
	free(words);
	return object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN) : NULL;
}

TEST(json)
{
	static const char *const expected[][2] = {
		{ "c_info.type", "\"pvh\"" },
		{ "c_info.name", "\"d\"" },
		{ "c_info.uuid", "\"5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e\"" },
		{ "b_info.max_vcpus", "3" },
		{ "b_info.avail_vcpus", "[0,1]" },
		{ "b_info.vcpu_hard_affinity", "[[6,7],[6,7],[6,7]]" },
		{ "b_info.tsc_mode", "\"default\"" },
		{ "b_info.max_memkb", "65536" },
		{ "b_info.target_memkb", "65536" },
		{ "b_info.populate", "\"lazy\"" },
		{ "b_info.disable_migrate", "\"False\"" },
		{ "b_info.cpuid.0.leaf", "1" },
		{ "b_info.cpuid.0.subleaf", NULL },
		{ "b_info.cpuid.0.ecx", "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0\"" },
		{ "b_info.cpuid.0.eax", NULL },
		{ "b_info.cpuid.1.leaf", "7" },
		{ "b_info.cpuid.1.subleaf", "0" },
		{ "b_info.cpuid.1.ebx", "\"xxxxxxxxxxxxxxxxxxxxxxxxxx1xxxxx\"" },
		{ "b_info.cpuid.2", NULL },
		{ "b_info.sched_params", "{\"weight\":256,\"cap\":0}" },
		{ "b_info.event_channels", "1023" },
		{ "b_info.kernel", "\"k\"" },
		{ "b_info.cmdline", "\"console=hvc0\"" },
		{ "b_info.ramdisk", NULL },
		{ "b_info.acpi", "\"True\"" },
		{ "b_info.max_grant_frames", "64" },
		{ "b_info.max_maptrack_frames", "1024" },
		{ "b_info.max_grant_version", "2" },
		{ "on_poweroff", "\"destroy\"" },
		{ "on_reboot", "\"restart_rename\"" },
		{ "on_crash", "\"destroy\"" },
		{ "on_watchdog", "\"destroy\"" },
		{ "on_soft_reset", "\"destroy\"" },
	};
	struct json_object *object;
	size_t i;

	machine_make();
	ASSERT_EQ(load("uuid='5bc5d67a-7ef1-4c62-9bd1-7d6f0c4f3c5e'\nvcpus=2\nmaxvcpus=3\n"
		       "cpus='6-7'\ncpuid='host,sse3=0,avx2=1'\ncmdline='console=hvc0'\n"
		       "on_reboot='rename-restart'\n"), 0);
	object = domain_config_json(&config);
	ASSERT_NOT_NULL(object);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		unit_context("%s", expected[i][0]);
		EXPECT_STREQ(json_at(object, expected[i][0]), expected[i][1]);
	}
	json_object_put(object);
	domain_config_free(&config);
	machine_remove();
}
