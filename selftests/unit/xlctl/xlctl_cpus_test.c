// SPDX-License-Identifier: GPL-2.0-only
/* The keys of xl.cfg(5) that are about CPUs: cpuid, and where vCPUs may run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/domain_config.h"
#include "config/domain_cpus.h"
#include "unit.h"
#include "xlctl_config.h"

/* Features by name: libxl's, cpufeatureset.h's, and the ways to write a dash. */
static void expect_cpuid(const char *text, uint32_t leaf, uint32_t subleaf, enum cpuid_reg reg,
			 const char *bits)
{
	char got[33];

	unit_context("%s", text);
	ASSERT_EQ(load(text), 0);
	EXPECT_STREQ(capture.text, "");
	ASSERT_EQ(config.cpuid.nr, 1);
	EXPECT_EQ(config.cpuid.changes[0].leaf, leaf);
	EXPECT_EQ(config.cpuid.changes[0].subleaf, subleaf);
	cpuid_bits_text(&config.cpuid.changes[0].reg[reg], got);
	EXPECT_STREQ(got, bits);
	domain_config_free(&config);
	unit_context("%s", "");
}

TEST(cpuid_names)
{
	const uint32_t any = CPUID_ANY_SUBLEAF;

	expect_cpuid("cpuid='host,sse3=0'", 1, any, CPUID_ECX, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
	expect_cpuid("cpuid='host, hypervisor=1'", 1, any, CPUID_ECX,
		     "1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	expect_cpuid("cpuid='host,sse4_1=k'", 1, any, CPUID_ECX,
		     "xxxxxxxxxxxxkxxxxxxxxxxxxxxxxxxx");
	expect_cpuid("cpuid='host,sse4.1=s'", 1, any, CPUID_ECX,
		     "xxxxxxxxxxxxkxxxxxxxxxxxxxxxxxxx");
	expect_cpuid("cpuid='host,tsc-deadline=0'", 1, any, CPUID_ECX,
		     "xxxxxxx0xxxxxxxxxxxxxxxxxxxxxxxx");
	expect_cpuid("cpuid='host,fpu=0,tm=0'", 1, any, CPUID_EDX,
		     "xx0xxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
	expect_cpuid("cpuid='host,fpu=0,fpu=x'", 1, any, CPUID_EDX,
		     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	expect_cpuid("cpuid='host,avx2=0'", 7, 0, CPUID_EBX, "xxxxxxxxxxxxxxxxxxxxxxxxxx0xxxxx");
	expect_cpuid("cpuid='host,lahf-lm=0'", 0x80000001, any, CPUID_ECX,
		     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
	expect_cpuid("cpuid='host,lahfsahf=0'", 0x80000001, any, CPUID_ECX,
		     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
	expect_cpuid("cpuid='host,invtsc=1'", 0x80000007, any, CPUID_EDX,
		     "xxxxxxxxxxxxxxxxxxxxxxx1xxxxxxxx");
	expect_cpuid("cpuid='host,xsavec=0'", 0xd, 1, CPUID_EAX, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0x");
	expect_cpuid("cpuid='host,clfsh=0'", 1, any, CPUID_EDX, "xxxxxxxxxxxx0xxxxxxxxxxxxxxxxxxx");
}

TEST(cpuid_numbers)
{
	const uint32_t any = CPUID_ANY_SUBLEAF;

	expect_cpuid("cpuid='host,family=6'", 1, any, CPUID_EAX, "xxxx00000000xxxxxxxx0110xxxxxxxx");
	expect_cpuid("cpuid='host,family=15'", 1, any, CPUID_EAX,
		     "xxxx00000000xxxxxxxx1111xxxxxxxx");
	expect_cpuid("cpuid='host,family=0x17'", 1, any, CPUID_EAX,
		     "xxxx00001000xxxxxxxx1111xxxxxxxx");
	expect_cpuid("cpuid='host,model=0x5e'", 1, any, CPUID_EAX,
		     "xxxxxxxxxxxx0101xxxxxxxx1110xxxx");
	expect_cpuid("cpuid='host,stepping=3'", 1, any, CPUID_EAX,
		     "xxxxxxxxxxxxxxxxxxxxxxxxxxxx0011");
	expect_cpuid("cpuid='host,maxleaf=0xd'", 0, any, CPUID_EAX,
		     "00000000000000000000000000001101");
	expect_cpuid("cpuid='host,family=k'", 1, any, CPUID_EAX,
		     "xxxxkkkkkkkkxxxxxxxxkkkkxxxxxxxx");
	expect_cpuid("cpuid='host,clflush=8'", 1, any, CPUID_EBX,
		     "xxxxxxxxxxxxxxxx00001000xxxxxxxx");
	expect_cpuid("cpuid='host,procpkg=3'", 4, 0, CPUID_EAX, "000011xxxxxxxxxxxxxxxxxxxxxxxxxx");
}

TEST(cpuid_lists)
{
	expect_cpuid("cpuid=['1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0,edx=1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0']",
		     1, CPUID_ANY_SUBLEAF, CPUID_EDX, "1xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0");
	expect_cpuid("cpuid=['7,0:ebx=kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk0']", 7, 0, CPUID_EBX,
		     "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk0");
	expect_cpuid("cpuid=['0x80000001:ecx=0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx']", 0x80000001,
		     CPUID_ANY_SUBLEAF, CPUID_ECX, "0xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	expect_good("cpuid=[]");
	expect_good("cpuid='host'");
}

TEST(cpuid_errors)
{
	expect_invalid("cpuid='sse3=0'",
		       "cpuid=\"sse3=0\": expected \"host,FEATURE=VALUE,...\"");
	expect_invalid("cpuid=''", "cpuid=\"\": expected \"host,FEATURE=VALUE,...\"");
	expect_invalid("cpuid='host,sse3'", "cpuid: sse3: expected FEATURE=VALUE");
	expect_invalid("cpuid='host,sse3=2'", "cpuid: sse3=2: expected 0, 1, x, k or s");
	expect_invalid("cpuid='host,sse3='", "cpuid: sse3=: expected 0, 1, x, k or s");
	expect_invalid("cpuid='host,avx512fp=0'",
		       "cpuid: avx512fp: no such CPU feature; is avx512f meant?");
	expect_invalid("cpuid='host,whatever=0'", "cpuid: whatever: no such CPU feature");
	expect_invalid("cpuid='host,family=256'",
		       "cpuid: family=256: expected x, k, s or a number of at most 8 bits");
	expect_invalid("cpuid='host,stepping=1z'",
		       "cpuid: stepping=1z: expected x, k, s or a number of at most 4 bits");
	expect_invalid("cpuid='host,maxleaf=0x100000000'",
		       "cpuid: maxleaf=0x100000000: expected x, k, s or a number of at most 32 bits");
	expect_invalid("cpuid=['ecx=0']",
		       "cpuid: \"ecx=0\": expected \"LEAF:...\" or \"LEAF,SUBLEAF:...\"");
	expect_invalid("cpuid=['1,:ecx=0']",
		       "cpuid: \"1,:ecx=0\": expected \"LEAF:...\" or \"LEAF,SUBLEAF:...\"");
	expect_invalid("cpuid=['1:']", "cpuid: \"\": expected eax=, ebx=, ecx= or edx=");
	expect_invalid("cpuid=['1:esi=0']", "cpuid: \"esi=0\": expected eax=, ebx=, ecx= or edx=");
	expect_invalid("cpuid=['1:ecx=x0']",
		       "cpuid: \"x0\": expected 32 characters of 0, 1, x, k and s");
	expect_invalid("cpuid=['1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx00']",
		       "cpuid: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx00\": expected 32 characters of 0, 1, x, k and s");
	expect_invalid("cpuid=[[]]", "cpuid=[[]]: expected a list of strings");
}

static void expect_cpus(const char *text, const char *expected)
{
	struct sysfs_set set;
	char why[128] = "";
	char got[64] = "";
	int cpu;

	unit_context("%s", text);
	ASSERT_EQ(domain_cpu_list_parse(&set, text, why, sizeof(why)), 0);
	for (cpu = sysfs_set_next(&set, 0); cpu >= 0; cpu = sysfs_set_next(&set, cpu + 1))
		sprintf(got + strlen(got), "%d", cpu);
	EXPECT_STREQ(got, expected);
	sysfs_set_free(&set);
	unit_context("%s", "");
}

static void expect_no_cpus(const char *text, const char *expected)
{
	struct sysfs_set set;
	char why[128] = "";

	EXPECT_SAYS(text, domain_cpu_list_parse(&set, text, why, sizeof(why)), -EINVAL, why,
		    expected);
}

TEST(cpu_lists)
{
	machine_make();
	expect_cpus("0", "0");
	expect_cpus("0-3,5,^1", "0235");
	expect_cpus("0-3, 5 ,^1", "0235");
	expect_cpus("all", "01234567");
	expect_cpus("all,^7", "0123456");
	expect_cpus("node:1", "4567");
	expect_cpus("nodes:0-1,^node:0", "4567");
	expect_cpus("1,node:1,^6", "1457");
	expect_cpus("all,^nodes:0", "4567");
	expect_cpus("^1,1", "1");
	expect_no_cpus("8", "this host has no CPU 8, the last is 7");
	expect_no_cpus("node:2", "node:2: this host has no NUMA node 2");
	expect_no_cpus("^all", "^all would leave no CPU");
	expect_no_cpus("1,^1", "1,^1 names no CPU");
	expect_no_cpus("", "an empty list names no CPU");
	expect_no_cpus("3-1", "3-1: expected CPUs such as 0-3,^2, node:N or all");
	expect_no_cpus("1-", "1-: expected CPUs such as 0-3,^2, node:N or all");
	expect_no_cpus("-1", "-1: expected CPUs such as 0-3,^2, node:N or all");
	expect_no_cpus("1x", "1x: expected CPUs such as 0-3,^2, node:N or all");
	expect_no_cpus("0-4294967295", "0-4294967295: expected CPUs such as 0-3,^2, node:N or all");
	expect_no_cpus("node:", "node:: expected CPUs such as 0-3,^2, node:N or all");
	machine_remove();
}

TEST(affinity)
{
	machine_make();
	ASSERT_EQ(load("maxvcpus=3\nvcpus=2\ncpus='1-2'"), 0);
	ASSERT_EQ(config.hard.nr, 3);
	EXPECT_EQ(sysfs_set_count(&config.hard.cpus[2]), 2);
	domain_config_free(&config);
	ASSERT_EQ(load("maxvcpus=3\nvcpus=2\ncpus=['0',7]"), 0);
	ASSERT_EQ(config.hard.nr, 3);
	EXPECT_TRUE(sysfs_set_has(&config.hard.cpus[1], 7));
	EXPECT_EQ(sysfs_set_count(&config.hard.cpus[1]), 1);
	EXPECT_EQ(sysfs_set_count(&config.hard.cpus[2]), 0);
	domain_config_free(&config);

	expect_good("cpus=''");
	expect_good("cpus=[]");
	expect_good("cpus=0");
	expect_invalid("cpus='9'", "cpus=\"9\": this host has no CPU 9, the last is 7");
	expect_invalid("cpus=[[1]]", "cpus=[[1]]: expected CPUs, or a list of CPUs by vCPU");
	expect_invalid("cpus='x'",
		       "cpus=\"x\": x: expected CPUs such as 0-3,^2, node:N or all");
	expect_warning("cpus=['0','1']", "cpus: lists 2 vCPUs, but there are 1");
	machine_remove();
}
