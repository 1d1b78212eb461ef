// The pins of a recurrent core, as its documentation tells them: for benches, in place of the sources. Clocks are not those
// of the core, and there is nothing to look at inside.
`timescale 1ns / 1ps
module reckon (
    input wire CLK_EXT, CLK_INT_EN, RST, SCK, MOSI,
    output wire MISO,
    input wire [7:0] AERIN_ADDR,
    input wire AERIN_REQ,
    output reg AERIN_ACK,
    input wire AERIN_TAR_EN, SAMPLE, TIME_TICK, TARGET_VALID, INFER_ACC,
    output wire SPI_RDY, TIMING_ERROR_RDY,
    output reg OUT_REQ,
    input wire OUT_ACK,
    output reg [7:0] OUT_DATA
);
    reg [31:0] registers [0:127];
    reg [31:0] neurons [0:511], inputs [0:16383], recurrent [0:16383], outputs [0:2047];
    reg signed [15:0] v [0:255];
    reg signed [15:0] o [0:15];
    reg event_of [0:255], fired [0:255];
    reg [31:0] shifted;
    reg [2:0] target;
    reg [15:0] address;
    integer bits, left, n, p, k, sum, alpha, last, sources, reached;
    reg ready, running, before_tick;

    assign MISO = 0;
    assign SPI_RDY = 0;
    assign TIMING_ERROR_RDY = ready;

    initial begin
        bits = 0; left = 0; ready = 1; running = 0; before_tick = 0; AERIN_ACK = 0; OUT_REQ = 0; OUT_DATA = 0;
        for (n = 0; n < 256; n = n + 1) begin v[n] = 0; event_of[n] = 0; fired[n] = 0; end
        for (n = 0; n < 16; n = n + 1) o[n] = 0;
        for (n = 0; n < 128; n = n + 1) registers[n] = 0;
    end

    // Words of 32 bits: an address word, then the data that it announces.
    always @(posedge SCK) begin
        shifted = {shifted[30:0], MOSI};
        bits = bits + 1;
        if (bits == 32) begin
            bits = 0;
            if (left == 0) begin
                target = shifted[30:28];
                left = shifted[27:16];
                address = shifted[15:0];
            end else begin
                left = left - 1;
                case (target)
                    0: registers[address[6:0]] = shifted;
                    1: begin
                        neurons[address[8:0]] = shifted;
                        if (address[1:0] == 3) begin
                            v[{address[8:2], 1'b0}] = neurons[{address[8:2], 2'd0}][15:0];
                            v[{address[8:2], 1'b1}] = {neurons[{address[8:2], 2'd2}][1:0], neurons[{address[8:2], 2'd1}][31:18]};
                        end
                    end
                    2: o[address[3:0]] = shifted[15:0];
                    3: inputs[address[13:0]] = shifted;
                    4: recurrent[address[13:0]] = shifted;
                    5: outputs[address[10:0]] = shifted;
                endcase
                if (target != 0) address = address + 1;
            end
        end
    end

    always @(posedge CLK_EXT) begin
        if (AERIN_REQ && !AERIN_ACK) event_of[AERIN_ADDR] = 1;
        AERIN_ACK <= AERIN_REQ;
    end

    function signed [15:0] kept(input integer value);
        kept = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
    endfunction

    function integer weight(input [31:0] chunk, input [1:0] place);
        reg signed [7:0] one;
        begin
            one = chunk >> 8*place;
            weight = one;
        end
    endfunction

    task step;
        reg signed [15:0] threshold;
        begin
            for (n = 0; n < reached; n = n + 1) begin
                threshold = neurons[4*(n/2) + 3][19:4];
                alpha = {registers[65 + n/64][(n/2) % 32] ? 4'd8 : 4'd7, neurons[4*(n/2) + 3][31:20]};
                fired[n] = v[n] >= threshold;
                sum = (v[n] * alpha) >>> 15;
                if (fired[n]) sum = registers[8][0] ? 0 : sum - threshold;
                v[n] = sum;
            end
            for (k = 0; k <= registers[96]; k = k + 1) o[k] = (o[k] * $signed({24'b0, registers[69][7:0]})) >>> 7;
        end
    endtask

    task propagate;
        for (p = 0; p < sources; p = p + 1) if (event_of[p] || fired[p]) begin
            for (n = 0; n < reached; n = n + 1) begin
                sum = v[n];
                if (event_of[p]) sum = sum + (weight(inputs[64*p + n/4], n % 4) << registers[12]);
                if (fired[p]) sum = sum + (weight(recurrent[64*p + n/4], n % 4) << registers[13]);
                v[n] = kept(sum);
            end
            if (fired[p])
                for (k = 0; k <= registers[96]; k = k + 1)
                    o[k] = kept(o[k] + (weight(outputs[4*p + k/4], k % 4) << registers[14]));
        end
    endtask

    task send(input [7:0] what);
        begin
            OUT_DATA = what;
            OUT_REQ = 1;
            while (!OUT_ACK) @(posedge CLK_EXT);
            OUT_REQ = 0;
            while (OUT_ACK) @(posedge CLK_EXT);
            @(posedge CLK_EXT);
        end
    endtask

    always @(posedge CLK_EXT) begin
        if (TIME_TICK && !before_tick && registers[0] == 0) begin
            before_tick = 1;
            ready = 0;
            reached = 2*(registers[95]/2 + 1);
            sources = (registers[94] > registers[95] ? registers[94] : registers[95]) + 1;
            if (running) begin
                step;
                for (last = 0; last <= registers[96]; last = last + 1) begin
                    send(o[last][7:0]);
                    send(o[last][15:8]);
                end
            end
            running = SAMPLE;
            if (SAMPLE) propagate;
            for (n = 0; n < 256; n = n + 1) begin
                event_of[n] = 0;
                if (!SAMPLE) begin fired[n] = 0; v[n] = 0; end
            end
            if (!SAMPLE) for (k = 0; k < 16; k = k + 1) o[k] = 0;
            repeat (16) @(posedge CLK_EXT);
            ready = 1;
        end
        before_tick = TIME_TICK;
    end
endmodule
